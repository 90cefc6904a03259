import type { Runs } from '../../host/runs.ts';
import { type Domain, guiDomain, userDomain } from './domain.ts';
import type { Override } from './overrides.ts';
import type { PlistFile } from './plist-file.ts';
import type { Put } from './remembered-domain.ts';

/** What is known without asking launchd. */
export interface Known {
  uid: number;
  plist: PlistFile;
  /** Where we put the job, unless we took it out again. */
  put: Put | undefined;
  /** The host's own account. */
  runs: Runs | undefined;
  /** As launchd's own file says, where macOS lets us read it. */
  recorded: Override;
  /** Whether this user is the one at the screen. */
  atScreen: boolean;
}

/** The one thing that launchd is asked: what it knows of the job, or what it has at all and what is switched off. */
export type Question = { about: 'job' | 'domain'; domain: Domain };

/** By all we know it ended because it was told to, and nobody put it back: launchd should not have it. */
function shouldBeGone({ put, runs }: Known): boolean {
  const ended =
    runs?.current === null && runs.lastExit?.kind === 'clean' ? Date.parse(runs.lastExit.at) : undefined;
  if (put === undefined) return runs === undefined || ended !== undefined;
  return ended !== undefined && ended > put.at;
}

/**
 * Chooses the question that tells most (pure). A job that launchd has says all by itself. For one that it should not
 * have, a look at the whole domain tells "stopped" and "switched off by the user" apart (M02), and whether we are wrong.
 * A login at the screen loads what was started over SSH there, too (M04).
 */
export function questionFor(known: Known): Question {
  const { uid, plist, put, recorded, atScreen } = known;
  const switchable = plist.kind === 'ours' && !plist.parked && recorded === undefined;
  if (switchable && shouldBeGone(known))
    return { about: 'domain', domain: atScreen ? guiDomain(uid) : userDomain(uid) };
  const background = put?.domain === userDomain(uid) && !atScreen;
  return { about: 'job', domain: background ? userDomain(uid) : guiDomain(uid) };
}
