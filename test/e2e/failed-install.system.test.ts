import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ServiceStatus } from '../../src/service/status.ts';
import { type Cli, rebuild, spoil } from '../support/cli.ts';
import { withCli } from '../support/installed.ts';
import { needsUserManager } from '../support/machine-needs.ts';
import type { LabUser } from '../support/user-manager.ts';

const skip = needsUserManager;
const definition = '.config/memoryd/services/memory.json';

interface Case {
  what: string;
  /** Makes the next install fail. */
  arrange(user: LabUser, directory: string, before: ServiceStatus): Promise<unknown>;
  args?: string[];
  says: RegExp;
  code?: number;
}

const cases: Case[] = [
  {
    what: 'L07 a daemon that exits 78',
    arrange: (_user, directory) => spoil(directory, "console.error('no such option');process.exit(78)"),
    says: /control process exited|exit-code|exit 78/,
  },
  {
    what: 'M05 a daemon that never answers',
    async arrange(user, directory) {
      await user.write(
        join(user.home, definition),
        JSON.stringify({ schema: 1, name: 'memory', startTimeoutSecs: 3 }),
      );
      await spoil(directory, 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)),0,0)');
    },
    says: /not ready in time/,
  },
  {
    what: 'X08 a unit that systemd rejects',
    async arrange(user, directory) {
      await rebuild(directory, 'deadbeef');
      const dropIn = join(user.home, '.config/systemd/user/memoryd-memory.service.d/broken.conf');
      await user.write(dropIn, '[Service]\nExecStart=/bin/true\n');
    },
    says: /bad unit file setting|cannot use the unit file/,
  },
  {
    what: 'a definition that is not valid',
    arrange: (user) => user.write(join(user.home, definition), '{"schema":1,"name":"memory","prot":1}'),
    says: /prot/,
    code: 78,
  },
];

for (const { what, arrange, args = [], says, code = 1 } of cases) {
  test(
    `${what}: what ran before runs, and the reason is shown`,
    { skip },
    withCli(async (user, cli, directory) => {
      await cli.must(['install']);
      const before = await cli.status();
      const unit = await readFile(before.unit.path ?? '', 'utf8');
      await arrange(user, directory, before);
      const failed = await cli.run(['install', ...args]);
      assert.equal(failed.code, code, failed.stderr);
      assert.match(failed.stderr, says);
      assert.equal(await readFile(before.unit.path ?? '', 'utf8'), unit);
      await runsAsBefore(cli, before);
    }),
  );
}

async function runsAsBefore(cli: Cli, before: ServiceStatus): Promise<void> {
  const after = await cli.status();
  assert.equal(after.state, 'running');
  assert.equal(after.endpoint?.build, before.endpoint?.build);
  assert.equal(after.endpoint?.port, before.endpoint?.port);
}

test(
  'a first install that fails leaves nothing registered and nothing running',
  { skip },
  withCli(async (user, cli, directory) => {
    await spoil(directory, 'process.exit(78)');
    assert.equal((await cli.run(['install'])).code, 1);
    assert.equal((await cli.run(['status', 'memory'])).code, 4);
    const left = await user.must(['find', user.home, '-path', '*memoryd*', '-not', '-path', `${directory}*`]);
    assert.deepEqual(
      left.split('\n').filter((path) => /app|services\/|systemd/.test(path)),
      [],
    );
  }),
);

test(
  'a fixed port that a stranger holds is refused, with a command that works',
  { skip },
  withCli(async (_user, cli) => {
    const stranger = createServer().listen(0, '127.0.0.1');
    try {
      await new Promise((resolve) => stranger.once('listening', resolve));
      const { port } = stranger.address() as { port: number };
      const { code, stderr } = await cli.run(['install', '--port', String(port)]);
      assert.equal(code, 1);
      assert.match(stderr, new RegExp(`port ${port} is taken`));
      assert.equal((await cli.run(['status', 'memory'])).code, 4);
    } finally {
      stranger.close();
    }
  }),
);
