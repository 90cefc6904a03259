import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Journal } from '../../src/install/journal.ts';
import { servicePaths } from '../../src/layout.ts';
import { usualRoots } from '../../src/system/roots.ts';
import type { Cli } from './cli.ts';
import { repository } from './lab.ts';
import type { LabUser } from './user-manager.ts';

/** Whose CLI is killed, and what it changes. */
export interface Victim {
  cli: Pick<Cli, 'run'>;
  /** The service's journal, seen from here. */
  journal: string;
  /** The preload, as they see it; and a file of theirs, as they see it and as it is seen from here. */
  preload: string;
  count: { theirs: string; here: string };
  /** From where changes are counted. From the journal's first record on, what was cut off before is ended by then. */
  from: 'start' | 'journal';
}

export const preload = 'test/support/crash-at.mjs';

/** A victim whose home is `home` for themselves and `here` from here. */
export function victimOf(
  cli: Victim['cli'],
  service: string,
  path: string,
  home: string,
  { here = home, from = 'start' as Victim['from'] } = {},
): Victim {
  const { journal } = servicePaths(usualRoots('linux', here), service);
  const count = { theirs: join(home, 'count'), here: join(here, 'count') };
  return { cli, journal, preload: path, count, from };
}

/** A user of the lab whose `memory` is changed. */
export async function labVictim(user: LabUser, cli: Cli): Promise<Victim> {
  const path = join(user.home, 'crash-at.mjs');
  await user.write(path, await readFile(join(repository, preload), 'utf8'));
  return victimOf(cli, 'memory', path, user.home);
}

/** What the preload says of a run that is killed before its Nth change; with 0 it only counts. */
async function crash({ cli, preload, count, from }: Victim, args: readonly string[], at: number) {
  await rm(count.here, { force: true });
  const env = {
    NODE_OPTIONS: `--import=${preload}`,
    MEMORYD_CRASH_AT: String(at),
    MEMORYD_CRASH_COUNT: count.theirs,
    MEMORYD_CRASH_FROM: from,
    MEMORYD_CRASH_CALLS: process.env.MEMORYD_CRASH_CALLS ?? '',
  };
  const ended = await cli.run(args, { env }).catch((error: Error) => error);
  const said = await readFile(count.here, 'utf8');
  if (said === 'killed') return said;
  if (ended instanceof Error) throw ended;
  assert.equal(ended.code, 0, ended.stderr);
  return said;
}

/** How many changes a command makes from where things are now: the records of its journal, and the commands it runs. */
export const countChanges = async (victim: Victim, args: readonly string[]): Promise<number> =>
  Number(await crash(victim, args, 0));

/** Runs a command that is killed before its Nth change. False where there was nothing left to change. */
export const killedAt = async (victim: Victim, args: readonly string[], at: number): Promise<boolean> =>
  (await crash(victim, args, at)) === 'killed';

/** What a killed run has left for the next. */
export const interrupted = ({ journal }: Victim) => new Journal(journal).read();

/**
 * For runs that each begin where the one before was killed: every one must find what the first found. A journal tells
 * what there was before each step, so all of them are beginnings of the longest. Directories may stay: a host that ran
 * has left its own words in some.
 */
export function sameBeginnings({ journal }: Victim): (when: string) => Promise<void> {
  let longest = '';
  return async (when) => {
    const text = await readFile(join(journal, 'records.jsonl'), 'utf8').catch(() => '');
    const records = text.replaceAll(/"missingParents":\[[^\]]*\]/g, '');
    const [short, long] = records.length < longest.length ? [records, longest] : [longest, records];
    assert.equal(long.slice(0, short.length), short, when);
    longest = long;
  };
}

/** Of the runs that the next one takes back, the share that is left in peace to converge instead. */
const share = 4;

/**
 * Kills a command that undoes what was interrupted before each of its changes in turn. Each run takes back what the one
 * before had done and comes one change further, so that every kill is recovered from, and `sameBeginnings` tells that
 * nothing of it is left. `converge` runs the command to its end and goes back to where it began: after every fourth
 * kill, and after each that the next run need not take back, because its plan was not begun or was done. `after` is
 * called at every kill.
 */
export async function killAtEvery(
  victim: Victim,
  args: readonly string[],
  changes: { all: number; planned: number },
  { after, converge }: { after?(when: string): Promise<void>; converge(when: string): Promise<void> },
): Promise<void> {
  const unplanned = changes.all - changes.planned;
  const beginsAsBefore = sameBeginnings(victim);
  for (let at = 1; at <= changes.all; at += 1) {
    const when = `killed before change ${at} of ${changes.all}`;
    const planned: Victim = { ...victim, from: 'journal' };
    const killed = at <= unplanned ? killedAt(victim, args, at) : killedAt(planned, args, at - unplanned);
    assert.ok(await killed, when);
    await after?.(when);
    const left = await interrupted(victim);
    if (left !== undefined) await beginsAsBefore(when);
    if (left === undefined || left.committed || at % share === 0) await converge(when);
  }
}

/** What is left of memoryd in the home, but the program itself and what the tests keep beside it. */
export const leftOf = (user: LabUser): Promise<string> =>
  user.must(['find', user.home, '-path', '*memoryd*', '-not', '-path', `${user.home}/memoryd*`]);

/** How many hosts of the user run, from their own home: somebody before may have had their number. */
export async function hosts(user: LabUser): Promise<number> {
  const { stdout } = await user.run([
    'pgrep',
    '-u',
    user.name,
    '-f',
    `${user.home}/.*memoryd.cjs host memory`,
  ]);
  return stdout.trim() === '' ? 0 : stdout.trim().split('\n').length;
}

/** One healthy host, the unit as installed, nothing left to say. */
export async function converged(user: LabUser, cli: Cli, when: string): Promise<void> {
  const status = await cli.status();
  assert.equal(status.state, 'running', when);
  assert.equal(status.healthy, true, when);
  assert.equal(status.unit.drift, 'none', when);
  assert.equal(await hosts(user), 1, when);
  assert.deepEqual(status.notes, [], when);
}
