import { MemorydError } from '../../errors.ts';
import type { RegisteredUnit, UnitObservation } from '../../service/unit.ts';
import type { Files } from '../../system/files.ts';
import { type Domain, guiDomain, userDomain } from './domain.ts';
import { labelOf } from './label.ts';
import { codes, type Launchctl, type Printed } from './launchctl.ts';
import { isForeign, unitVariable } from './mark.ts';
import { type Override, overridesFile, parseOverridesFile, parsePrintDisabled } from './overrides.ts';
import type { ParsedPrint, PrintedJob } from './parse.ts';
import type { PlistFile } from './plist-file.ts';
import { processState } from './state.ts';

export interface Look {
  service: string;
  uid: number;
  files: Files;
  plist: PlistFile;
}

async function recordedOverride({ files, uid, service }: Look): Promise<Override> {
  const read = await files.read(overridesFile(uid));
  return read.kind === 'content' ? parseOverridesFile(read.text, labelOf(service)) : undefined;
}

function enablement(plist: PlistFile, override: Override): RegisteredUnit['enabled'] {
  if (plist.kind !== 'ours' || plist.parked || override === 'disabled') return 'disabled';
  return override === 'enabled' ? 'enabled' : 'unknown';
}

const unknownProcess = { kind: 'unknown', reason: 'launchd was not asked' } as const;

/** What files alone say: no process is started for it. */
export async function glanceAt(look: Look): Promise<UnitObservation> {
  const { plist } = look;
  if (plist.kind === 'unreadable')
    return { kind: 'unknown', reason: `cannot read ${plist.path}: ${plist.why}` };
  if (plist.kind !== 'ours') return plist;
  const enabled = enablement(plist, await recordedOverride(look));
  return {
    kind: 'registered',
    path: plist.path,
    enabled,
    process: unknownProcess,
    dropIns: [],
    needsReload: false,
  };
}

function counted({ runs, lastExit }: PrintedJob): Partial<RegisteredUnit> {
  return {
    ...(runs === undefined ? {} : { restarts: Math.max(0, runs - 1) }),
    ...(lastExit === undefined ? {} : { lastExit }),
  };
}

function loadedUnit(look: Look, print: ParsedPrint, override: Override, words: string): UnitObservation {
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
  if (plist.kind !== 'ours' && job === undefined) {
    return { kind: 'unknown', reason: processReason(print), words };
  }
  const loaded = job?.environment?.get(unitVariable);
  return {
    kind: 'registered',
    path,
    // It was accepted when it was loaded; what launchd does not let us read is taken to be still so.
    enabled: enablement(plist, override ?? 'enabled'),
    process: processState(print),
    dropIns: [],
    needsReload: plist.kind === 'ours' && loaded !== undefined && loaded !== plist.unit,
    ...(job === undefined ? {} : counted(job)),
  };
}

const processReason = (print: ParsedPrint): string =>
  print.kind === 'unreadable' ? print.reason : 'not readable';

/** Asks where the job was last put; a background job may have come back at the screen since, so there too. */
async function find(launchctl: Launchctl, look: Look, remembered: Domain): Promise<Printed> {
  const seen = await launchctl.print(remembered, labelOf(look.service));
  const gui = guiDomain(look.uid);
  if (seen.kind === 'loaded' || remembered === gui) return seen;
  return launchctl.print(gui, labelOf(look.service));
}

/** The overrides are one per user: the background domain has them too, and is there without a screen session. */
async function askOverride(launchctl: Launchctl, look: Look): Promise<Override> {
  const { code, stdout } = await launchctl.run('print-disabled', userDomain(look.uid));
  return code === codes.ok ? parsePrintDisabled(stdout, labelOf(look.service)) : undefined;
}

/**
 * What files and launchd say, with one command for a job that is loaded. For one that is not, `print-disabled` follows
 * where macOS does not let us read the overrides: "stopped" and "switched off by the user" are different answers (M02).
 * An answer we cannot read, or none, is `unknown`.
 */
export async function observeWith(
  launchctl: Launchctl,
  look: Look,
  remembered: Domain,
): Promise<UnitObservation> {
  const { plist } = look;
  if (plist.kind === 'foreign' || plist.kind === 'unreadable') return glanceAt(look);
  try {
    const seen = await find(launchctl, look, remembered);
    const recorded = await recordedOverride(look);
    if (seen.kind === 'loaded') return loadedUnit(look, seen.print, recorded, seen.words);
    if (seen.kind === 'refused') {
      return { kind: 'unknown', reason: `launchctl print failed (exit ${seen.code})`, words: seen.words };
    }
    if (plist.kind === 'absent') return plist;
    const enabled = enablement(plist, recorded ?? (await askOverride(launchctl, look)));
    const process = { kind: 'stopped' } as const;
    return { kind: 'registered', path: plist.path, enabled, process, dropIns: [], needsReload: false };
  } catch (error) {
    if (!(error instanceof MemorydError)) throw error;
    return {
      kind: 'unknown',
      reason: error.message,
      ...(error.words === undefined ? {} : { words: error.words }),
    };
  }
}
