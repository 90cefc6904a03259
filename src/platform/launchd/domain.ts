import { MemorydError } from '../../errors.ts';
import { type Launchctl, type Printed, refusal } from './launchctl.ts';

/** `gui/501` lives while somebody is logged in at the screen, `user/501` from any login on, SSH too. */
export type Domain = `gui/${number}` | `user/${number}`;

export const guiDomain = (uid: number): Domain => `gui/${uid}`;
export const userDomain = (uid: number): Domain => `user/${uid}`;

export interface LoadedJob {
  domain: Domain;
  printed: Extract<Printed, { kind: 'loaded' }>;
}

/** Where a label is, and where it would be started. */
export interface Survey {
  domain: Domain;
  loaded: LoadedJob[];
}

/**
 * The one answer to "which domain", for every verb: a job started at the screen is stopped over SSH and the other way
 * round, so both are asked (M04). Started is it where there is a screen session, else in the user's background domain (M03).
 * Throws `no-manager` when launchd has no domain for this user, `failed` when it gives no usable answer.
 */
export async function survey(launchctl: Launchctl, uid: number, label: string): Promise<Survey> {
  const domains = [guiDomain(uid), userDomain(uid)];
  const seen = await Promise.all(
    domains.map(async (domain) => ({ domain, printed: await launchctl.print(domain, label) })),
  );
  const there = seen.filter(({ printed }) => printed.kind === 'loaded' || printed.kind === 'not-loaded');
  const refused = seen.find(({ printed }) => printed.kind === 'refused');
  if (there[0] === undefined && refused?.printed.kind === 'refused') {
    throw refusal(`print ${refused.domain}/${label}`, refused.printed);
  }
  if (there[0] === undefined) {
    throw new MemorydError('no-manager', `launchd has no session for user ${uid}: log in first`);
  }
  const loaded = seen.flatMap(({ domain, printed }) =>
    printed.kind === 'loaded' ? [{ domain, printed }] : [],
  );
  return { domain: there[0].domain, loaded };
}

/** Throws `configuration` when the whole Mac has a job of this label: two of them make a restart storm (M14). */
export async function refuseSystemJob(launchctl: Launchctl, label: string): Promise<void> {
  const { kind } = await launchctl.print('system', label);
  if (kind !== 'loaded') return;
  throw new MemorydError('configuration', `a job called ${label} already runs for the whole Mac`, {
    hint: `sudo launchctl bootout system/${label}`,
  });
}
