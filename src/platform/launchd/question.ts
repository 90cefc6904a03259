import type { Runs } from '../../runtime/run-history.ts';
import { type Domain, guiDomain, userDomain } from './domain.ts';
import type { Override } from './overrides.ts';
import type { PlistFile } from './plist-file.ts';
import type { Put } from './remembered-domain.ts';

/** What is known without asking launchd. */
export interface Known {
  uid: number;
  plist: PlistFile;
  /** The domain in which memoryd loaded the job, unless memoryd unloaded it again. */
  put: Put | undefined;
  /** The host's record of its runs. */
  runs: Runs | undefined;
  /** The override in the file of launchd, if it can be read. */
  recorded: Override;
  /** Whether this user is logged in at the screen. */
  atScreen: boolean;
}

/** What launchd is asked: about the job, or about the whole domain and its overrides. */
export type Question = { about: 'job' | 'domain'; domain: Domain };

/** By all records the job was told to end and was not loaded again, so launchd should not have it. */
export function shouldBeGone({ put, runs }: Known): boolean {
  const ended =
    runs?.current === null && runs.lastExit?.kind === 'clean' ? Date.parse(runs.lastExit.at) : undefined;
  if (put === undefined) return runs === undefined || ended !== undefined;
  return ended !== undefined && ended > put.at;
}

/**
 * Chooses the most useful question (pure). A loaded job reports everything itself. For a job that should not be
 * loaded, the description of the whole domain tells "stopped" and "disabled by the user" apart (M02), and shows if the
 * record is wrong. A login at the screen also loads a job that was started over SSH (M04).
 */
export function questionFor(known: Known): Question {
  const { uid, plist, put, recorded, atScreen } = known;
  const switchable = plist.kind === 'ours' && !plist.parked && recorded === undefined;
  if (switchable && shouldBeGone(known))
    return { about: 'domain', domain: atScreen ? guiDomain(uid) : userDomain(uid) };
  const background = put?.domain === userDomain(uid) && !atScreen;
  return { about: 'job', domain: background ? userDomain(uid) : guiDomain(uid) };
}
