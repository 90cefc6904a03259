import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Cli, cliIn, packageEntries } from './cli.ts';
import { freePort, projects, whoAnswers } from './legacy.ts';
import { type Machine, withMachine } from './systemd-machine.ts';
import { until } from './until.ts';

export const unit = 'mneme-server.service';
const key = 'a-long-enough-key';

export interface Scene {
  machine: Machine;
  cli: Cli;
  port: number;
  /** `memoryd migrate …` in a login session of bob's. */
  migrate(...args: string[]): ReturnType<Cli['run']>;
  /** Runs a script in a login session of bob's, with `memoryd` on the PATH; must succeed. Gives what it prints. */
  must(script: string): Promise<string>;
  /** Hashes of root's data, and of bob's copy, as `sha256sum` prints them. */
  hashes(directory: string): Promise<string>;
}

/** Writes a file of the machine's root. */
export async function write({ root }: Machine, path: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
  await chmod(join(root, path), mode);
}

/** The server of claude-mneme as a unit of the machine's, run by root with its data in root's home. */
export async function setUp(machine: Machine, port: number): Promise<void> {
  await write(machine, '/root/.mneme-server/config.json', JSON.stringify({ port, apiKeys: [key] }), 0o600);
  for (const [name, text] of Object.entries(projects)) {
    await write(machine, `/root/.mneme-server/${name}`, text, 0o600);
  }
  const service = `[Service]\nExecStart=${machine.node} /opt/memoryd/test/support/mneme-server.mjs\nEnvironment=HOME=/root\n`;
  await write(machine, `/etc/systemd/system/${unit}`, `${service}[Install]\nWantedBy=multi-user.target\n`);
  await machine.must(['systemctl', 'enable', '--now', unit]);
  await until('the old server answers', async () => (await whoAnswers(port)) === 'mneme');
}

/** A machine whose root runs that server, and whose bob may use sudo as `sudo` says. `also`: more of the repository to bring. */
export const withUnit = (
  body: (scene: Scene) => Promise<void>,
  also: string[] = [],
  sudo = 'ALL=(ALL) NOPASSWD: ALL',
) =>
  withMachine(async (machine) => {
    const port = await freePort();
    const directory = await machine.bring([...packageEntries, 'test/support/mneme-server.mjs', ...also]);
    await write(machine, '/etc/sudoers.d/bob', `bob ${sudo}\n`, 0o440);
    await machine.must(['loginctl', 'enable-linger', 'bob']);
    await setUp(machine, port);
    const runner = {
      node: machine.node,
      run: (argv: readonly [string, ...string[]], options = {}) =>
        machine.login('bob', argv, { timeoutMs: 120_000, ...options }),
    };
    const cli = cliIn(runner, directory);
    const memoryd = `#!/bin/sh\nexec ${machine.node} ${cli.entry} "$@"\n`;
    await write(machine, '/usr/local/bin/memoryd', memoryd, 0o755);
    await body({
      machine,
      cli,
      port,
      migrate: (...args) => cli.run(['migrate', ...args]),
      async must(script) {
        const { code, stdout, stderr } = await runner.run(['sh', '-euc', script]);
        assert.equal(code, 0, `${script}: ${stdout}${stderr}`);
        return stdout;
      },
      hashes: (path) =>
        machine.must(['sh', '-c', 'cd "$1" && find . -type f -exec sha256sum {} + | sort -k2', 'sh', path]),
    });
  });

export async function assertMigrated({ machine, cli, port, hashes }: Scene, before: string): Promise<void> {
  assert.equal(await whoAnswers(port), 'memoryd');
  assert.equal(await hashes('/home/bob/.mneme-server'), before);
  assert.equal(await hashes('/root/.mneme-server'), before, 'the original is a backup');
  const strangers = await machine.must(['find', '/home/bob/.mneme-server', '!', '-user', 'bob']);
  assert.equal(strangers, '');
  const { code } = await machine.run(['test', '-e', `/etc/systemd/system/${unit}`]);
  assert.equal(code, 1, 'the old unit is gone');
  const load = await machine.must(['systemctl', 'show', '-p', 'LoadState', '--value', unit]);
  assert.equal(load.trim(), 'not-found');
  assert.equal((await cli.status('mneme-server')).state, 'running');
  const answer = await fetch(`http://127.0.0.1:${port}/projects/alpha/files/summary.md`, {
    headers: { authorization: `Bearer ${key}` },
  });
  assert.equal(((await answer.json()) as { content: string }).content, projects['projects/alpha/summary.md']);
}
