import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { whoAnswers } from '../support/legacy.ts';
import { needsMachine } from '../support/machine-needs.ts';
import { assertMigrated, type Scene, unit, withUnit, write } from '../support/root-unit.ts';
import { account, asService, leaks, runAsService, secret } from '../support/service-account.ts';
import type { Machine } from '../support/systemd-machine.ts';
import { until } from '../support/until.ts';

const skip = needsMachine;
const machineScript = join(import.meta.dirname, '../../scripts/lab/systemd-machine.sh');

/** Puts a script where only root writes, as the guide says, and runs it. */
async function runScript({ machine }: Scene, script: string) {
  await write(machine, '/root/migrate.sh', script, 0o700);
  return machine.run(['sh', '/root/migrate.sh'], { timeoutMs: 120_000 });
}

async function scriptOf({ migrate }: Scene, ...more: string[]): Promise<string> {
  const { code, stdout, stderr } = await migrate('--script', ...more);
  assert.equal(code, 0, stderr);
  return stdout;
}

const isServing = async ({ machine }: Scene) =>
  (await machine.run(['systemctl', 'is-active', unit])).stdout.trim();

test('programs of the user that were replaced after the review run as the user alone', { skip }, () =>
  withUnit(async (scene) => {
    const { machine, hashes } = scene;
    const before = await hashes('/root/.mneme-server');
    await machine.must(['cp', '-r', '/opt/memoryd', '/home/bob/memoryd']);
    await machine.must(['cp', machine.node, '/home/bob/node']);
    await machine.must(['chown', '-R', 'bob:', '/home/bob']);
    const program = '/home/bob/memoryd/dist/memoryd.cjs';
    const made = await machine.login('bob', ['/home/bob/node', program, 'migrate', '--script']);
    assert.equal(made.code, 0, made.stderr);
    const mark = 'require("fs").appendFileSync("/tmp/ran", "program " + process.getuid() + "\\n");';
    const text = await readFile(join(machine.root, program), 'utf8');
    const [first = '', ...rest] = text.split('\n');
    await write(machine, program, [first, mark, ...rest].join('\n'), 0o755);
    await write(
      machine,
      '/home/bob/node',
      `#!/bin/sh\necho "node $(id -u)" >>/tmp/ran\nexec ${machine.node} "$@"\n`,
      0o755,
    );
    await write(machine, '/tmp/ran', '', 0o666);
    const { code, stdout, stderr } = await runScript(scene, made.stdout);
    assert.equal(code, 0, stdout + stderr);
    const ran = (await machine.must(['sort', '-u', '/tmp/ran'])).trim().split('\n');
    assert.deepEqual(ran, ['node 1000', 'program 1000']);
    await assertMigrated(scene, before);
  }),
);

test('a script that somebody else than root can change does not run', { skip }, () =>
  withUnit(async (scene) => {
    const { machine, port } = scene;
    await write(machine, '/home/bob/migrate.sh', await scriptOf(scene), 0o755);
    await machine.must(['chown', 'bob:', '/home/bob/migrate.sh']);
    const { code, stderr } = await machine.run(['sh', '/home/bob/migrate.sh']);
    assert.equal(code, 77);
    assert.match(stderr, /others than root can change this script/);
    assert.equal(await whoAnswers(port), 'mneme');
  }),
);

test('what only its parent closed is open to nobody after it was moved to an open home', { skip }, () =>
  withUnit(async (scene) => {
    const { machine, hashes, migrate } = scene;
    await machine.must(['chmod', '700', '/root']);
    await machine.must(['chmod', '-R', 'u=rwX,go=rX', '/root/.mneme-server']);
    await machine.must(['chmod', '755', '/home/bob']);
    await machine.must(['useradd', '-m', 'alice']);
    const before = await hashes('/root/.mneme-server');
    const { code, stderr } = await migrate('--sudo');
    assert.equal(code, 0, stderr);
    await assertMigrated(scene, before);
    const readable = await machine.run(['su', 'alice', '-c', 'find / -readable 2>/dev/null']);
    const ofIt = readable.stdout
      .split('\n')
      .filter((path) => /\.mneme-server\/|services\/mneme-server/.test(path));
    assert.deepEqual(ofIt, []);
    const keys = await machine.run([
      'su',
      'alice',
      '-c',
      'grep -rlsF a-long-enough-key /home /root /tmp /var /etc',
    ]);
    assert.equal(keys.stdout, '');
    const open = await machine.must(['find', '/home/bob/.mneme-server', '-perm', '/077']);
    assert.equal(open, '');
  }),
);

test('--new-keys leaves the old keys behind: the token of the service is the key', { skip }, () =>
  withUnit(async (scene) => {
    const { machine, migrate, port } = scene;
    const { code, stderr } = await migrate('--sudo', '--new-keys');
    assert.equal(code, 0, stderr);
    assert.match(stderr, /the old keys are not accepted any more/);
    const ask = async (key: string) =>
      (
        await fetch(`http://127.0.0.1:${port}/projects/alpha/files/summary.md`, {
          headers: { authorization: `Bearer ${key}` },
        })
      ).status;
    assert.equal(await ask('a-long-enough-key'), 403);
    const token = await machine.must(['cat', '/home/bob/.local/state/memoryd/services/mneme-server/token']);
    assert.equal(await ask(token.trim()), 200);
  }),
);

for (const how of ['--script', '--sudo']) {
  test(`data of a service's own account become the user's, with ${how}`, { skip }, () =>
    withUnit(async (scene) => {
      const { machine, hashes, migrate } = scene;
      const port = await runAsService(machine);
      const before = await hashes(account.data);
      const ran = how === '--script' ? await runScript(scene, await scriptOf(scene)) : await migrate(how);
      assert.equal(ran.code, 0, ran.stdout + ran.stderr);
      assert.equal(await whoAnswers(port), 'memoryd');
      assert.equal(await hashes('/home/bob/.mneme-server'), before);
      assert.equal(await hashes(account.data), before, 'the original is a backup');
      assert.equal(
        await machine.must(['find', '/home/bob/.mneme-server', '!', '-user', 'bob', '-o', '-perm', '/077']),
        '',
      );
      assert.equal(
        await machine.must(['find', '/tmp', '-name', 'tmp.*']),
        '',
        'no copy of the settings is left',
      );
    }),
  );
}

test('root reads no other data than those the script names, whatever the settings say', { skip }, () =>
  withUnit(async (scene) => {
    const { machine, migrate } = scene;
    const port = await runAsService(machine);
    const script = await scriptOf(scene);
    assert.match(script, /It reads \/home\/svc\/\.mneme-server as svc, and no other data/);
    assert.match(script, /settings could not be read when this was made/);
    const settings = JSON.stringify({ port, dataDir: '/root/.ssh' });
    await asService(machine, `echo '${settings}' >${account.data}/config.json`);
    const ran = await runScript(scene, script);
    assert.equal(ran.code, 1, ran.stdout + ran.stderr);
    assert.match(ran.stderr, /says that the data are in \/root\/\.ssh, and not in/);
    assert.match(ran.stderr, /--data \/root\/\.ssh --script/);
    assert.equal(await isServing(scene), 'active', 'nothing was stopped');
    const told = await migrate('--sudo');
    assert.equal(told.code, 1, told.stderr);
    assert.match(told.stderr, /--data \/root\/\.ssh --sudo/);
    // Who says yes to that reads as the account, which may not.
    const there = [
      '--from',
      `system-unit:${unit}`,
      '--data',
      '/root/.ssh',
      '--data-to',
      '/home/bob/.mneme-server',
    ];
    const insisted = await runScript(scene, await scriptOf(scene, ...there));
    assert.match(insisted.stderr, /Permission denied/);
    assert.notEqual(insisted.code, 0);
    assert.equal(await isServing(scene), 'active');
    assert.equal(await leaks(machine), '');
  }),
);

test(
  'links out of the data are refused by name, and files of others under a second name are not read',
  { skip },
  () =>
    withUnit(async (scene) => {
      const { machine } = scene;
      await runAsService(machine);
      const script = await scriptOf(scene);
      const { data } = account;
      for (const [make, unmake] of [
        [`ln -s ${secret.path} ${data}/projects/alpha/key`, `rm ${data}/projects/alpha/key`],
        [
          `mv ${data}/projects ${data}/p && ln -s /root/.ssh ${data}/projects`,
          `rm ${data}/projects && mv ${data}/p ${data}/projects`,
        ],
        [`mv ${data} ${data}.old && ln -s /root/.ssh ${data}`, `rm ${data} && mv ${data}.old ${data}`],
      ] as const) {
        await asService(machine, make);
        const ran = await runScript(scene, script);
        assert.notEqual(ran.code, 0, make);
        assert.match(ran.stderr, /leads out of it|Permission denied/);
        assert.equal(await isServing(scene), 'active', make);
        await asService(machine, unmake);
      }
      // As if the machine did not protect hard links: protected_hardlinks is the whole machine's.
      await machine.must(['ln', secret.path, `${data}/projects/alpha/key`]);
      const ran = await runScript(scene, script);
      assert.notEqual(ran.code, 0);
      assert.match(ran.stderr, /Permission denied/);
      assert.equal(await leaks(machine), '');
    }),
);

test('data of root’s that others can change are not read by root, and are named', { skip }, () =>
  withUnit(async (scene) => {
    const { machine, migrate, port } = scene;
    const script = await scriptOf(scene);
    for (const [make, unmake, name] of [
      [
        'chmod 777 /root/.mneme-server/projects/alpha',
        'chmod 755 /root/.mneme-server/projects/alpha',
        'projects/alpha',
      ],
      [
        'chown bob /root/.mneme-server/projects/beta',
        'chown root /root/.mneme-server/projects/beta',
        'projects/beta',
      ],
      [
        'touch /root/x && chown bob /root/x && ln /root/x /root/.mneme-server/y',
        'rm /root/x /root/.mneme-server/y',
        '/y',
      ],
    ] as const) {
      await machine.must(['sh', '-c', make]);
      const ran = await runScript(scene, script);
      assert.equal(ran.code, 1, ran.stderr);
      assert.match(ran.stderr, new RegExp(`others than root can change:\n.*${name}\n`));
      const told = await migrate('--sudo');
      assert.equal(told.code, 1, told.stderr);
      assert.match(told.stderr, new RegExp(`others than root can change .*${name}\n`));
      await machine.must(['sh', '-c', unmake]);
    }
    assert.equal(await whoAnswers(port), 'mneme');
  }),
);

/**
 * Swaps a file of the account's data, and a directory of them, for links into root's home, as fast as a shell can.
 * `~/swaps` gets a line every ten rounds. Once there is a file `~/pause`, it pauses between them.
 */
const swapper = ({ data, home }: typeof account, file: string) => `
cd ${data} && cp -r projects ${home}/spare
while :; do
  for i in 1 2 3 4 5 6 7 8 9 10; do
    ln -sfn ${secret.path} l && mv -T l ${file}
    cp ${home}/spare/alpha/summary.md f && mv -T f ${file}
    mv projects away; ln -s /root/.ssh projects; rm projects; mv away projects
  done
  echo >>${home}/swaps
  [ ! -e ${home}/pause ] || sleep 0.05
done`;

/** Runs a shell script as the account until `stop` is called. */
function runLoop(machine: Machine, text: string) {
  const inside = ['runuser', '-u', account.name, '--', 'sh', '-c', text];
  const loop = spawn('bash', [machineScript, 'sh', machine.name, ...inside], { stdio: 'ignore' });
  const ended = once(loop, 'exit');
  return {
    isRunning: () => loop.exitCode === null && loop.signalCode === null,
    async stop() {
      await machine.run(['pkill', '-KILL', '-u', account.name]);
      await ended;
    },
  };
}

test('a loop that swaps files and links while the script runs gets nothing of root’s', { skip }, () =>
  withUnit(async (scene) => {
    const { machine } = scene;
    const port = await runAsService(machine);
    const script = await scriptOf(scene);
    const { home } = account;
    const countSwaps = async () => Number(await machine.must(['sh', '-c', `wc -l <${home}/swaps`]));
    const loop = runLoop(machine, swapper(account, 'projects/alpha/summary.md'));
    const refusals: string[] = [];
    let finished = false;
    try {
      await until('it swaps', async () => (await countSwaps()) > 0);
      for (let run = 0; run < 30 && !finished; run += 1) {
        if (run === 3) await asService(machine, `touch ${home}/pause`);
        const swaps = await countSwaps();
        const { code, stderr } = await runScript(scene, script);
        assert.ok(loop.isRunning() && (await countSwaps()) > swaps, 'it swapped while the script ran');
        assert.equal(await leaks(machine), '', `run ${run}`);
        finished = code === 0;
        if (!finished) refusals.push(stderr);
      }
    } finally {
      await loop.stop();
    }
    assert.ok(finished, `none of ${refusals.length} runs moved the data:\n${refusals.join('\n')}`);
    assert.equal(await whoAnswers(port), 'memoryd');
    assert.equal(await machine.must(['find', '/home/bob/.mneme-server', '-type', 'l']), '');
    await machine.must(['test', '-f', '/home/bob/.mneme-server/config.json']);
  }),
);
