import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Cli } from '../support/cli.ts';

/** Environments in which somebody may type the command: none leads to the directory the service published in. */
export const elsewhere = (home: string): Record<string, Record<string, string>> => ({
  'another XDG_RUNTIME_DIR': { XDG_RUNTIME_DIR: join(home, 'other-run') },
  'another TMPDIR': { XDG_RUNTIME_DIR: '', TMPDIR: join(home, 'other-tmp') },
  cron: { XDG_RUNTIME_DIR: '', TMPDIR: '', PATH: '/usr/bin:/bin' },
});

export async function install(cli: Cli): Promise<void> {
  await cli.must(['install', '--backend', 'standalone', '--no-login']);
}

/** Nothing was stopped, and nothing is gone. */
export async function refused(
  cli: Cli,
  args: string[],
  env: Record<string, string>,
  words: RegExp,
): Promise<void> {
  const before = await cli.status();
  const { code, stderr } = await cli.run(['uninstall', ...args], { env });
  assert.equal(code, 1, stderr);
  assert.match(stderr, words);
  const after = await cli.status();
  assert.equal(after.endpoint?.pid, before.endpoint?.pid);
  assert.equal(after.state, before.state);
  assert.equal(existsSync(after.paths.config), true);
}

export async function gone(cli: Cli, args: string[] = []): Promise<void> {
  await cli.must(['uninstall', ...args]);
  assert.equal((await cli.status()).state, 'not-installed');
}

/** A process that does nothing, to be taken for a writer. */
export async function bystander(): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', 'console.log(); setTimeout(() => {}, 300_000)']);
  await once(child.stdout, 'data');
  return child;
}

export const ended = async (child: ChildProcess) => {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
};
