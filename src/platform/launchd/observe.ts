import { readRuns } from '../../host/runs-file.ts';
import { type Roots, servicePaths } from '../../layout.ts';
import type { ProcessState, RegisteredUnit, UnitObservation } from '../../service/unit.ts';
import type { System } from '../../system/system.ts';
import { unanswered } from '../unanswered.ts';
import { type Domain, userDomain } from './domain.ts';
import { parseDomain } from './domain-list.ts';
import { labelOf } from './label.ts';
import { codes, type Launchctl, type Printed, refusal } from './launchctl.ts';
import { isForeign, isOlder } from './mark.ts';
import { type Override, overridesFile, parseOverridesFile } from './overrides.ts';
import type { PrintedJob } from './parse.ts';
import { readPlist } from './plist-file.ts';
import { type Known, questionFor } from './question.ts';
import { rememberedDomain } from './remembered-domain.ts';
import { processState } from './state.ts';

/** What is known of a service without asking launchd. */
export interface Look extends Known {
  service: string;
}

/** Belongs to who sits at the screen, and to root while nobody does. */
const consoleDevice = '/dev/console';

/** Looks at files: where the plist lies, where it was put, how it ended, whether it is switched off. */
export async function lookAt(system: System, roots: Roots, service: string): Promise<Look> {
  const { user, files } = system;
  const [plist, put, runs, overrides, screen] = await Promise.all([
    readPlist({ files, user, roots }, service),
    rememberedDomain(system, roots).read(service),
    readRuns(system, servicePaths(roots, service)),
    files.read(overridesFile(user.uid)),
    files.inspect(consoleDevice),
  ]);
  return {
    service,
    uid: user.uid,
    plist,
    put,
    runs,
    recorded: overrides.kind === 'content' ? parseOverridesFile(overrides.text, labelOf(service)) : undefined,
    atScreen: 'stats' in screen && screen.stats.uid === user.uid,
  };
}

function enablement({ plist }: Look, override: Override): RegisteredUnit['enabled'] {
  if (plist.kind !== 'ours' || plist.parked || override === 'disabled') return 'disabled';
  return override === 'enabled' ? 'enabled' : 'unknown';
}

function registered(
  path: string,
  enabled: RegisteredUnit['enabled'],
  process: ProcessState,
  more: Partial<RegisteredUnit> = {},
): RegisteredUnit {
  return { kind: 'registered', path, enabled, process, dropIns: [], needsReload: false, ...more };
}

/** A background session is no screen session: that it runs there is said (M03). */
function noteOn({ uid }: Look, domain: Domain | undefined): Partial<RegisteredUnit> {
  return domain === userDomain(uid) ? { note: `runs in ${domain}, without a graphical session` } : {};
}

/** What files alone say (pure). */
function glanceAt(look: Look): UnitObservation {
  const { plist, put, recorded } = look;
  if (plist.kind === 'unreadable') {
    return { kind: 'unknown', reason: `cannot read ${plist.path}: ${plist.why}` };
  }
  if (plist.kind !== 'ours') return plist;
  const process = { kind: 'unknown', reason: 'launchd was not asked' } as const;
  return registered(plist.path, enablement(look, recorded), process, noteOn(look, put?.domain));
}

/** What files alone say: no process is started for it. */
export async function glanceAgent(system: System, roots: Roots, service: string): Promise<UnitObservation> {
  return glanceAt(await lookAt(system, roots, service));
}

function counted({ runs, lastExit }: PrintedJob): Partial<RegisteredUnit> {
  return {
    ...(runs === undefined ? {} : { restarts: Math.max(0, runs - 1) }),
    ...(lastExit === undefined ? {} : { lastExit }),
  };
}

/** What a job that launchd has says of the unit (pure). */
function loadedUnit(
  look: Look,
  { print, words }: Extract<Printed, { kind: 'loaded' }>,
  domain: Domain,
  override: Override,
): UnitObservation {
  const { plist, service } = look;
  const job = print.kind === 'job' ? print.job : undefined;
  const path = plist.kind === 'ours' ? plist.path : (job?.path ?? labelOf(service));
  if (job !== undefined && isForeign(job, service)) {
    const reason = `launchd has another job called ${labelOf(service)}`;
    return { kind: 'foreign', path: job.path ?? path, reason };
  }
  if (plist.kind !== 'ours' && print.kind === 'unreadable')
    return { kind: 'unknown', reason: print.reason, words };
  // It was accepted when it was loaded; what launchd does not let us read is taken to be still so.
  const enabled = enablement(look, override ?? 'enabled');
  const needsReload = plist.kind === 'ours' && job !== undefined && isOlder(job, plist.unit);
  const more = { needsReload, ...(job === undefined ? {} : counted(job)), ...noteOn(look, domain) };
  return registered(path, enabled, processState(print), more);
}

/** A plist that launchd has no job of, or none where it was looked for (pure). */
function idleUnit(look: Look, override: Override): UnitObservation {
  const { plist } = look;
  if (plist.kind !== 'ours') return { kind: 'absent' };
  return registered(plist.path, enablement(look, override), { kind: 'stopped' });
}

async function askJob(
  launchctl: Launchctl,
  look: Look,
  domain: Domain,
  override: Override,
): Promise<UnitObservation> {
  const label = labelOf(look.service);
  const seen = await launchctl.print(domain, label);
  if (seen.kind === 'loaded') return loadedUnit(look, seen, domain, override);
  if (seen.kind === 'refused') throw refusal(`print ${domain}/${label}`, seen);
  return idleUnit(look, override);
}

/** A second question only where launchd has a job that by our own account it should not have. */
async function askDomain(launchctl: Launchctl, look: Look, domain: Domain): Promise<UnitObservation> {
  const answer = await launchctl.run('print', domain);
  if (answer.code === codes.noDomain || answer.code === codes.wrongDomain) return idleUnit(look, undefined);
  if (answer.code !== codes.ok) throw refusal(`print ${domain}`, answer);
  const list = parseDomain(answer.stdout, labelOf(look.service));
  if (list.kind === 'unreadable') return { kind: 'unknown', reason: list.reason, words: answer.words };
  return list.job ? askJob(launchctl, look, domain, list.override) : idleUnit(look, list.override);
}

/** What files and launchd say, with one command. An answer we cannot read, or none, is `unknown`. */
export async function observeWith(launchctl: Launchctl, look: Look): Promise<UnitObservation> {
  const { plist } = look;
  if (plist.kind === 'foreign' || plist.kind === 'unreadable') return glanceAt(look);
  const { about, domain } = questionFor(look);
  try {
    if (about === 'domain') return await askDomain(launchctl, look, domain);
    return await askJob(launchctl, look, domain, look.recorded);
  } catch (error) {
    return unanswered(error);
  }
}
