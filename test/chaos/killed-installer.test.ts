import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Cli, rebuild } from '../support/cli.ts';
import { withCli } from '../support/installed.ts';
import { repository } from '../support/lab.ts';
import { needsUserManager } from '../support/machine-needs.ts';
import type { LabUser } from '../support/user-manager.ts';

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
async function killedAt(user: LabUser, cli: Cli, args: string[], at: number): Promise<void> {
  const env = await crashing(user, at);
  const ended = await cli.run(args, { env }).catch((error: Error) => error.message);
  if (typeof ended === 'string') assert.match(ended, /"signal":"SIGKILL"/);
  else assert.equal(ended.code, 0, ended.stderr);
}

/** How many changes a command makes from where things are now. */
async function countChanges(user: LabUser, cli: Cli, args: string[]): Promise<number> {
  const countFile = join(user.home, 'count');
  await cli.must(args, { env: await crashing(user, 0, countFile) });
  return Number(await readFile(countFile, 'utf8'));
}

async function hosts(user: LabUser): Promise<number> {
  const { stdout } = await user.run(['pgrep', '-u', user.name, '-f', 'memoryd.cjs host memory']);
  return stdout.trim() === '' ? 0 : stdout.trim().split('\n').length;
}

async function converged(user: LabUser, cli: Cli, when: string): Promise<void> {
  const status = await cli.status();
  assert.equal(status.state, 'running', when);
  assert.equal(status.healthy, true, when);
  assert.equal(status.unit.drift, 'none', when);
  assert.equal(await hosts(user), 1, when);
  assert.deepEqual(status.notes, [], when);
}

const skip = needsUserManager;

test(
  'X07 an install killed before or after any of its steps converges in the next run',
  { skip },
  withCli(async (user, cli) => {
    const changes = await countChanges(user, cli, ['install']);
    await cli.must(['uninstall']);
    assert.ok(changes > 20, `only ${changes} changes`);
    for (let at = 1; at <= changes; at += 1) {
      await killedAt(user, cli, ['install'], at);
      await cli.must(['install']);
      await converged(user, cli, `killed before change ${at} of ${changes}`);
      await cli.must(['uninstall']);
    }
  }),
);

test(
  'X07 an upgrade killed before or after any of its steps: something serves at once, and the next run converges',
  { skip },
  withCli(async (user, cli, directory) => {
    await cli.must(['install']);
    await rebuild(directory, 'aaaa0000');
    const changes = await countChanges(user, cli, ['install']);
    assert.ok(changes > 10, `only ${changes} changes`);
    for (let at = 1; at <= changes; at += 1) {
      const id = await rebuild(directory, (0xaaaa0000 + at).toString(16));
      await killedAt(user, cli, ['install'], at);
      await cli.must(['install']);
      await converged(user, cli, `killed before change ${at} of ${changes}`);
      assert.equal((await cli.status()).endpoint?.build, id);
    }
  }),
);

test(
  'X07 an uninstall killed before or after any of its steps is finished by the next',
  { skip },
  withCli(async (user, cli) => {
    await cli.must(['install']);
    const changes = await countChanges(user, cli, ['uninstall']);
    for (let at = 1; at <= changes; at += 1) {
      await cli.must(['install']);
      await killedAt(user, cli, ['uninstall'], at);
      const { code } = await cli.run(['uninstall']);
      assert.ok(code === 0 || code === 4, `exit ${code}, killed before change ${at}`);
      assert.equal(await hosts(user), 0);
      const left = await user.must([
        'find',
        user.home,
        '-path',
        '*memoryd*',
        '-not',
        '-path',
        `${user.home}/memoryd*`,
      ]);
      assert.equal(left, '', `left after a kill before change ${at}`);
    }
  }),
);
