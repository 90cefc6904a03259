import { MemorydError } from '../../errors.ts';
import type { Roots } from '../../layout.ts';
import type { ProcessState, RegisteredUnit, UnitObservation } from '../../service/unit.ts';
import type { Files } from '../../system/files.ts';
import type { System } from '../../system/system.ts';
import { type Domain, guiDomain, userDomain } from './domain.ts';
import { labelOf } from './label.ts';
import { codes, type Launchctl, type Printed } from './launchctl.ts';
import { isForeign, isOlder } from './mark.ts';
import { type Override, overridesFile, parseOverridesFile, parsePrintDisabled } from './overrides.ts';
import type { PrintedJob } from './parse.ts';
import { type PlistFile, readPlist } from './plist-file.ts';
import { rememberedDomain } from './remembered-domain.ts';
import { processState } from './state.ts';

export interface Look {
  service: string;
  uid: number;
  files: Files;
  plist: PlistFile;
  /** Where it was last started. */
  remembered: Domain;
}

type Loaded = Extract<Printed, { kind: 'loaded' }>;

async function recordedOverride({ files, uid, service }: Look): Promise<Override> {
  const read = await files.read(overridesFile(uid));
  return read.kind === 'content' ? parseOverridesFile(read.text, labelOf(service)) : undefined;
}

function enablement(plist: PlistFile, override: Override): RegisteredUnit['enabled'] {
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
function noteOn({ uid, remembered }: Look): Partial<RegisteredUnit> {
  return remembered === userDomain(uid)
    ? { note: `runs in ${remembered}, without a session at the screen` }
    : {};
}

/** Where a service's plist lies, and where it was last started. */
export async function lookAt(system: System, roots: Roots, service: string): Promise<Look> {
  const { user, files } = system;
  return {
    service,
    uid: user.uid,
    files,
    plist: await readPlist({ files, user, roots }, service),
    remembered: await rememberedDomain(system, roots).read(service),
  };
}

/** What files alone say: no process is started for it. */
async function glanceAt(look: Look): Promise<UnitObservation> {
  const { plist } = look;
  if (plist.kind === 'unreadable') {
    return { kind: 'unknown', reason: `cannot read ${plist.path}: ${plist.why}` };
  }
  if (plist.kind !== 'ours') return plist;
  const enabled = enablement(plist, await recordedOverride(look));
  return registered(plist.path, enabled, { kind: 'unknown', reason: 'launchd was not asked' }, noteOn(look));
}

/** The same for a service that was not looked at yet. */
export async function glanceAgent(system: System, roots: Roots, service: string): Promise<UnitObservation> {
  return glanceAt(await lookAt(system, roots, service));
}

function counted({ runs, lastExit }: PrintedJob): Partial<RegisteredUnit> {
  return {
    ...(runs === undefined ? {} : { restarts: Math.max(0, runs - 1) }),
    ...(lastExit === undefined ? {} : { lastExit }),
  };
}

function loadedUnit(look: Look, { print, words }: Loaded, override: Override): UnitObservation {
  const { plist, service } = look;
  const job = print.kind === 'job' ? print.job : undefined;
  const path = plist.kind === 'ours' ? plist.path : (job?.path ?? labelOf(service));
  if (job !== undefined && isForeign(job, service)) {
    return {
      kind: 'foreign',
      path: job.path ?? path,
      reason: `launchd has another job called ${labelOf(service)}`,
    };
  }
  if (plist.kind !== 'ours' && print.kind === 'unreadable')
    return { kind: 'unknown', reason: print.reason, words };
  // It was accepted when it was loaded; what launchd does not let us read is taken to be still so.
  const enabled = enablement(plist, override ?? 'enabled');
  const needsReload = plist.kind === 'ours' && job !== undefined && isOlder(job, plist.unit);
  const more = job === undefined ? {} : counted(job);
  return registered(path, enabled, processState(print), { needsReload, ...more });
}

/** Asks where the job was last put; a background job may have come back at the screen since, so there too. */
async function find(launchctl: Launchctl, { service, uid, remembered }: Look): Promise<[Printed, Domain]> {
  const seen = await launchctl.print(remembered, labelOf(service));
  const gui = guiDomain(uid);
  if (seen.kind === 'loaded' || remembered === gui) return [seen, remembered];
  return [await launchctl.print(gui, labelOf(service)), gui];
}

/** The overrides are one per user: the background domain has them too, and is there without a screen session. */
async function askOverride(launchctl: Launchctl, { service, uid }: Look): Promise<Override> {
  const { code, stdout } = await launchctl.run('print-disabled', userDomain(uid));
  return code === codes.ok ? parsePrintDisabled(stdout, labelOf(service)) : undefined;
}

/**
 * What files and launchd say, with one command for a job that is loaded. For one that is not, `print-disabled` follows
 * where macOS does not let us read the overrides: "stopped" and "switched off by the user" are different answers (M02).
 * An answer we cannot read, or none, is `unknown`.
 */
export async function observeWith(launchctl: Launchctl, look: Look): Promise<UnitObservation> {
  const { plist } = look;
  if (plist.kind === 'foreign' || plist.kind === 'unreadable') return glanceAt(look);
  try {
    const [seen, domain] = await find(launchctl, look);
    const recorded = await recordedOverride(look);
    if (seen.kind === 'loaded') {
      const unit = loadedUnit(look, seen, recorded);
      return unit.kind === 'registered' ? { ...unit, ...noteOn({ ...look, remembered: domain }) } : unit;
    }
    if (seen.kind === 'refused') {
      return { kind: 'unknown', reason: `launchctl print failed (exit ${seen.code})`, words: seen.words };
    }
    if (plist.kind === 'absent') return plist;
    const enabled = enablement(plist, recorded ?? (await askOverride(launchctl, look)));
    return registered(plist.path, enabled, { kind: 'stopped' });
  } catch (error) {
    if (!(error instanceof MemorydError)) throw error;
    return {
      kind: 'unknown',
      reason: error.message,
      ...(error.words === undefined ? {} : { words: error.words }),
    };
  }
}
