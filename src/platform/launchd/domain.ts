import { MemorydError } from '../../errors.ts';
import { type Launchctl, type Printed, refusal } from './launchctl.ts';

/** `gui/501` exists while the user is logged in at the screen. `user/501` exists from any login on, including SSH. */
export type Domain = `gui/${number}` | `user/${number}`;

export const guiDomain = (uid: number): Domain => `gui/${uid}`;
export const userDomain = (uid: number): Domain => `user/${uid}`;

export interface LoadedJob {
  domain: Domain;
  printed: Extract<Printed, { kind: 'loaded' }>;
}

/** Where a label is loaded, and in which domain it would be started. */
export interface DomainObservation {
  domain: Domain;
  loaded: LoadedJob[];
}

/**
 * Finds the domains that have the label, and the one to start it in. The only place that decides this. A job that was
 * started at the screen can be stopped over SSH and the other way round, so both domains are asked (M04). It is
 * started in the graphical domain if that exists, else in the background domain (M03).
 * Throws `no-manager` if launchd has no domain for this user, and `failed` if it refuses an answer about one of them.
 */
export async function observeDomains(
  launchctl: Launchctl,
  uid: number,
  label: string,
): Promise<DomainObservation> {
  const domains = [guiDomain(uid), userDomain(uid)];
  const seen = await Promise.all(
    domains.map(async (domain) => ({ domain, printed: await launchctl.print(domain, label) })),
  );
  for (const { domain, printed } of seen) {
    // Taken for absent, the job would be loaded a second time in the other domain (N15).
    if (printed.kind === 'refused') throw refusal(`print ${domain}/${label}`, printed);
  }
  const there = seen.filter(({ printed }) => printed.kind !== 'no-domain');
  if (there[0] === undefined) {
    throw new MemorydError('no-manager', `launchd has no session for user ${uid}: log in first`);
  }
  const loaded = seen.flatMap(({ domain, printed }) =>
    printed.kind === 'loaded' ? [{ domain, printed }] : [],
  );
  return { domain: there[0].domain, loaded };
}

/**
 * Throws `configuration` if a job with this label is loaded for the whole Mac: the two would restart each other for
 * ever (M14).
 */
export async function refuseSystemJob(launchctl: Launchctl, label: string): Promise<void> {
  const printed = await launchctl.print('system', label);
  if (printed.kind === 'refused') throw refusal(`print system/${label}`, printed);
  if (printed.kind !== 'loaded') return;
  throw new MemorydError('configuration', `a job called ${label} already runs for the whole Mac`, {
    hint: `sudo launchctl bootout system/${label}`,
  });
}
