import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cli } from './cli.ts';
import { repository } from './lab.ts';
import type { LabUser } from './user-manager.ts';

const preload = 'crash-at.mjs';

/** The environment that kills the CLI before its Nth change; with `countIn` it only counts. */
async function crashing(user: LabUser, at: number, countIn?: string): Promise<Record<string, string>> {
  const path = join(user.home, preload);
  if (!existsSync(path)) {
    await user.write(path, await readFile(join(repository, 'test/support', preload), 'utf8'));
  }
  return {
    NODE_OPTIONS: `--import=${path}`,
    MEMORYD_CRASH_AT: String(at),
    MEMORYD_CRASH_CALLS: process.env.MEMORYD_CRASH_CALLS ?? '',
    ...(countIn === undefined ? {} : { MEMORYD_CRASH_COUNT: countIn }),
  };
}

/** Runs a command that is killed before its Nth change. Where it runs things side by side, it may make fewer than were counted. */
export async function killedAt(user: LabUser, cli: Cli, args: string[], at: number): Promise<void> {
  const env = await crashing(user, at);
  const ended = await cli.run(args, { env }).catch((error: Error) => error.message);
  if (typeof ended === 'string') assert.match(ended, /"signal":"SIGKILL"/);
  else assert.equal(ended.code, 0, ended.stderr);
}

/** How many changes a command makes from where things are now. */
export async function countChanges(user: LabUser, cli: Cli, args: string[]): Promise<number> {
  const countFile = join(user.home, 'count');
  await cli.must(args, { env: await crashing(user, 0, countFile) });
  return Number(await readFile(countFile, 'utf8'));
}

/** How many hosts of the user run. */
export async function hosts(user: LabUser): Promise<number> {
  const { stdout } = await user.run(['pgrep', '-u', user.name, '-f', 'memoryd.cjs host memory']);
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
