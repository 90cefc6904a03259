import { type Roots, servicePaths } from '../../layout.ts';
import { readRuns } from '../../runtime/run-history-file.ts';
import type { ProcessState, RegisteredUnit, UnitObservation } from '../../service/unit.ts';
import type { System } from '../../system/system.ts';
import { receiptPaths } from '../receipt-paths.ts';
import { unanswered } from '../unanswered.ts';
import { type Domain, userDomain } from './domain.ts';
import { parseDomain } from './domain-list.ts';
import { labelOf } from './label.ts';
import { codes, type Launchctl, type Printed, refusal } from './launchctl.ts';
import { isForeign, isOlder } from './mark.ts';
import { type Override, overridesFile, parseOverridesFile, parsePrintDisabled } from './overrides.ts';
import type { PrintedJob } from './parse.ts';
import { othersMayWrite, readPlist } from './plist-file.ts';
import { type Known, questionFor, shouldBeGone } from './question.ts';
import { rememberedDomain } from './remembered-domain.ts';
import { processState } from './state.ts';

/** What is known of a service without asking launchd. */
export interface FilesObservation extends Known {
  service: string;
  /** The plists of the last install. */
  own: ReadonlySet<string>;
}

/** It belongs to the user at the screen, and to root if there is none. */
const consoleDevice = '/dev/console';

/** Reads files: where the plist is, in which domain the job was loaded, how it ended, and whether it is disabled. */
export async function observeFiles(system: System, roots: Roots, service: string): Promise<FilesObservation> {
  const { user, files } = system;
  const [plist, put, runs, overrides, screen, own] = await Promise.all([
    readPlist({ files, user, roots }, service),
    rememberedDomain(system, roots).read(service),
    readRuns(system, servicePaths(roots, service)),
    files.read(overridesFile(user.uid)),
    files.inspect(consoleDevice),
    receiptPaths(files, roots, service),
  ]);
  return {
    service,
    own,
    uid: user.uid,
    plist,
    put,
    runs,
    recorded: overrides.kind === 'content' ? parseOverridesFile(overrides.text, labelOf(service)) : undefined,
    atScreen: 'stats' in screen && screen.stats.uid === user.uid,
  };
}

function enablement({ plist }: FilesObservation, override: Override): RegisteredUnit['enabled'] {
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

/**
 * Adds a note if the job runs in a background session (M03), and if launchd will refuse the plist at the next login
 * (N17).
 */
function noteOn({ uid, plist }: FilesObservation, domain: Domain | undefined): Partial<RegisteredUnit> {
  const notes = [
    ...(domain === userDomain(uid) ? [`runs in ${domain}, without a graphical session`] : []),
    ...(plist.kind === 'ours' && othersMayWrite(plist)
      ? [`launchd refuses the plist at the next login, because others may write it: chmod 644 ${plist.path}`]
      : []),
  ];
  return notes.length === 0 ? {} : { note: notes.join('; ') };
}

/** The observation from files alone (pure). */
function unitFromFiles(look: FilesObservation): UnitObservation {
  const { plist, put, recorded } = look;
  if (plist.kind === 'unreadable') {
    return { kind: 'unknown', reason: `cannot read ${plist.path}: ${plist.why}` };
  }
  if (plist.kind !== 'ours') return plist;
  const process = { kind: 'unknown', reason: 'launchd was not asked' } as const;
  return registered(plist.path, enablement(look, recorded), process, noteOn(look, put?.domain));
}

/** The observation from files alone, without starting a process. */
export async function observeAgentFiles(
  system: System,
  roots: Roots,
  service: string,
): Promise<UnitObservation> {
  return unitFromFiles(await observeFiles(system, roots, service));
}

function counted({ runs, lastExit }: PrintedJob): Partial<RegisteredUnit> {
  return {
    ...(runs === undefined ? {} : { restarts: Math.max(0, runs - 1) }),
    ...(lastExit === undefined ? {} : { lastExit }),
  };
}

/** The observation of a loaded job (pure). */
function loadedUnit(
  look: FilesObservation,
  { print, words }: Extract<Printed, { kind: 'loaded' }>,
  domain: Domain,
  override: Override,
): UnitObservation {
  const { plist, service, own } = look;
  const job = print.kind === 'job' ? print.job : undefined;
  const path = plist.kind === 'ours' ? plist.path : (job?.path ?? labelOf(service));
  if (job !== undefined && isForeign(job, service, own)) {
    const reason = `launchd has another job called ${labelOf(service)}`;
    return { kind: 'foreign', path: job.path ?? path, reason };
  }
  if (plist.kind !== 'ours' && print.kind === 'unreadable')
    return { kind: 'unknown', reason: print.reason, words };
  // The job was enabled when it was loaded. If launchd does not let us read the current state, assume that it still
  // is.
  const enabled = enablement(look, override ?? 'enabled');
  const needsReload = plist.kind === 'ours' && job !== undefined && isOlder(job, plist.unit);
  const more = { needsReload, ...(job === undefined ? {} : counted(job)), ...noteOn(look, domain) };
  return registered(path, enabled, processState(print), more);
}

/** The observation of a plist without a loaded job, or of no plist (pure). */
function idleUnit(look: FilesObservation, override: Override): UnitObservation {
  const { plist, atScreen } = look;
  if (plist.kind !== 'ours') return { kind: 'absent' };
  const enabled = enablement(look, override);
  const { note } = noteOn(look, undefined);
  const notes = note === undefined ? [] : [note];
  // Where the user has switched a job off there, launchd does not load it at login (N13).
  if (enabled !== 'disabled' && atScreen && !shouldBeGone(look))
    notes.push(
      'launchd has not loaded it: it may be switched off in System Settings > General > Login Items',
    );
  const more = notes.length === 0 ? {} : { note: notes.join('; ') };
  return registered(plist.path, enabled, { kind: 'stopped' }, more);
}

async function askJob(
  launchctl: Launchctl,
  look: FilesObservation,
  domain: Domain,
  override: Override,
): Promise<UnitObservation> {
  const label = labelOf(look.service);
  const unsure = override === undefined && look.plist.kind === 'ours' && !look.plist.parked;
  const [seen, disabled] = await Promise.all([
    launchctl.print(domain, label),
    // A job that runs keeps running when it is disabled, and launchd prints nothing of it (N17).
    unsure ? launchctl.run('print-disabled', domain) : undefined,
  ]);
  const known =
    override ?? (disabled?.code === codes.ok ? parsePrintDisabled(disabled.stdout, label) : undefined);
  if (seen.kind === 'loaded') return loadedUnit(look, seen, domain, known);
  if (seen.kind === 'refused') throw refusal(`print ${domain}/${label}`, seen);
  return idleUnit(look, known);
}

/** Asks for the job itself, if launchd has a job that by our records it should not have. */
async function askDomain(
  launchctl: Launchctl,
  look: FilesObservation,
  domain: Domain,
): Promise<UnitObservation> {
  const answer = await launchctl.run('print', domain);
  if (answer.code === codes.noDomain || answer.code === codes.wrongDomain) return idleUnit(look, undefined);
  if (answer.code !== codes.ok) throw refusal(`print ${domain}`, answer);
  const list = parseDomain(answer.stdout, labelOf(look.service));
  if (list.kind === 'unreadable') return { kind: 'unknown', reason: list.reason, words: answer.words };
  return list.job ? askJob(launchctl, look, domain, list.override) : idleUnit(look, list.override);
}

/** The observation from files and launchd, in the time of one command. An unreadable or missing answer is `unknown`. */
export async function observeWith(launchctl: Launchctl, look: FilesObservation): Promise<UnitObservation> {
  const { plist } = look;
  if (plist.kind === 'foreign' || plist.kind === 'unreadable') return unitFromFiles(look);
  const { about, domain } = questionFor(look);
  try {
    if (about === 'domain') return await askDomain(launchctl, look, domain);
    return await askJob(launchctl, look, domain, look.recorded);
  } catch (error) {
    return unanswered(error);
  }
}
