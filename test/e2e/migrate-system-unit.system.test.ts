import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blocksIn, linesIn } from '../support/guide.ts';
import { freePort, whoAnswers } from '../support/legacy.ts';
import { needsMachine } from '../support/machine-needs.ts';
import { assertMigrated, unit, withUnit, write } from '../support/root-unit.ts';
import { until } from '../support/until.ts';

const skip = needsMachine;
/** Asks all the time who answers, until stopped: gives who did, and for how long nobody did at the least. */
function watchGap(port: number): () => Promise<{ leastMs: number; who: Set<string> }> {
  const seen = new Set<string>();
  let stopped = false;
  let first: number | undefined;
  let last = 0;
  const watching = (async () => {
    while (!stopped) {
      const asked = performance.now();
      const who = await whoAnswers(port);
      if (who !== undefined) seen.add(who);
      else {
        first ??= performance.now();
        last = asked;
      }
    }
  })();
  return async () => {
    stopped = true;
    await watching;
    return { leastMs: first === undefined ? 0 : Math.round(last - first), who: seen };
  };
}

test(
  'a unit that root runs becomes a service of the user who asks, by sudo, with root’s data as theirs, and nobody serves for no longer than it says',
  { skip },
  (t) =>
    withUnit(async (scene) => {
      const { migrate, hashes, machine, port } = scene;
      const before = await hashes('/root/.mneme-server');
      const refused = await migrate('--json');
      assert.equal(refused.code, 77, 'without consent nothing is done');
      assert.equal(await whoAnswers(port), 'mneme');
      const shown = await migrate('--dry-run');
      assert.equal(shown.code, 0, shown.stderr);
      const [quiet = '', gap = '', after = ''] = shown.stdout.split(
        /^(?=while no daemon serves|after the new)/m,
      );
      assert.match(quiet, /needs root to stop mneme-server\.service: it belongs to the whole machine/);
      assert.match(
        quiet,
        /settings in \/root\/\.mneme-server\/config\.json were not read: its port and keys/,
      );
      assert.match(gap, /sudo systemctl stop mneme-server\.service/);
      assert.match(gap, /sudo tar -c -f - .* -C \/root\/\.mneme-server \.\n/);
      assert.match(after, /sudo systemctl disable mneme-server\.service/);
      const seen = await migrate('--dry-run', '--sudo');
      assert.match(seen.stdout, new RegExp(`port +${port}\n`));
      assert.match(seen.stdout, /\.mneme-server \(6 files, 1 kB\)/);
      assert.doesNotMatch(seen.stdout + shown.stdout, /needed none/);
      assert.deepEqual(await machine.must(['find', '/home/bob', '-name', '*memoryd*']), '');
      const stop = watchGap(port);
      const { code, stdout, stderr } = await migrate('--sudo', '--json');
      const { leastMs, who } = await stop();
      assert.equal(code, 0, stdout + stderr);
      const { gapMs } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { gapMs: number };
      t.diagnostic(`nobody served for ${leastMs} ms at the least; ${gapMs} ms at most, it says`);
      assert.ok(leastMs > 0 && leastMs <= gapMs);
      assert.deepEqual([...who].toSorted(), ['memoryd', 'mneme']);
      await assertMigrated(scene, before);
      await machine.reboot();
      await until('it serves after a reboot', async () => (await whoAnswers(port)) === 'memoryd');
    }),
);

test('W20 neighbours of the unit, and a unit of another person, are never touched', { skip }, () =>
  withUnit(async ({ machine, migrate, port }) => {
    await machine.must(['useradd', '-m', 'alice']);
    const sleeping = '[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n';
    const alices = `[Service]\nUser=alice\nExecStart=${machine.node} /srv/alice/mneme-server.mjs\n`;
    await write(machine, '/etc/systemd/system/mneme-server2.service', sleeping);
    await write(machine, '/etc/systemd/system/my-mneme-server.service', sleeping);
    await write(machine, '/etc/systemd/system/alices.service', alices);
    await machine.must(['systemctl', 'enable', '--now', 'mneme-server2', 'my-mneme-server']);
    const pids = () =>
      machine.must(['systemctl', 'show', '-p', 'MainPID', 'mneme-server2', 'my-mneme-server']);
    const before = await pids();
    const { code, stderr } = await migrate('--all', '--sudo');
    assert.equal(code, 0, stderr);
    assert.equal(await whoAnswers(port), 'memoryd');
    assert.equal(await pids(), before);
    await machine.must(['test', '-e', '/etc/systemd/system/alices.service']);
    const refused = await migrate('--from', 'system-unit:alices', '--sudo');
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /it runs as alice, who must migrate it/);
  }),
);

test('X07 root that refuses, at any of its steps, leaves the old unit running', { skip }, () =>
  withUnit(async ({ machine, cli, migrate, port, hashes }) => {
    const before = await hashes('/root/.mneme-server');
    // Root does everything but that: the step fails as it does for a wrong password.
    for (const denied of [
      '/usr/bin/systemctl stop *',
      '/usr/bin/tar *',
      '/usr/bin/systemctl disable *',
      '/usr/bin/rm *',
    ]) {
      await write(machine, '/etc/sudoers.d/bob', `bob ALL=(ALL) NOPASSWD: ALL, !${denied}\n`, 0o440);
      const { code, stderr } = await migrate('--sudo');
      assert.equal(code, 77, `${denied}: ${stderr}`);
      await until('the old server answers', async () => (await whoAnswers(port)) === 'mneme');
      assert.equal((await cli.status('mneme-server')).state, 'not-installed', denied);
      assert.equal(await hashes('/root/.mneme-server'), before);
      assert.equal((await machine.run(['test', '-e', '/home/bob/.mneme-server'])).code, 1, denied);
      assert.equal((await machine.must(['systemctl', 'is-enabled', unit])).trim(), 'enabled');
    }
  }),
);

test('--keep-old leaves the unit disabled, and a later run takes it away', { skip }, () =>
  withUnit(async (scene) => {
    const { machine, migrate, hashes } = scene;
    const before = await hashes('/root/.mneme-server');
    assert.equal((await migrate('--sudo', '--keep-old')).code, 0);
    assert.equal((await machine.run(['systemctl', 'is-enabled', unit])).stdout.trim(), 'disabled');
    assert.equal((await machine.run(['systemctl', 'is-active', unit])).stdout.trim(), 'inactive');
    const { code, stderr } = await migrate('--sudo');
    assert.equal(code, 0, stderr);
    await assertMigrated(scene, before);
  }),
);

test('another administrator runs root’s part as one script, and the service is still bob’s', { skip }, () =>
  withUnit(
    async (scene) => {
      const { machine, migrate, hashes, port } = scene;
      const before = await hashes('/root/.mneme-server');
      const { code, stdout, stderr } = await migrate('--script');
      assert.equal(code, 0, stderr);
      await write(machine, '/opt/root-part.sh', stdout);
      await machine.must(['sh', '-n', '/opt/root-part.sh']);
      await machine.must(['useradd', '-m', 'alice']);
      await write(machine, '/etc/sudoers.d/alice', 'alice ALL=(ALL) NOPASSWD: ALL\n', 0o440);
      const ran = await machine.login('alice', ['sudo', 'sh', '/opt/root-part.sh'], { timeoutMs: 120_000 });
      assert.equal(ran.code, 0, ran.stdout + ran.stderr);
      await assertMigrated(scene, before);
      assert.equal(await machine.must(['find', '/home/alice', '-name', '*memoryd*']), '');
      assert.equal(await whoAnswers(port), 'memoryd');
    },
    [],
    'ALL=(ALL) !ALL',
  ),
);

test('X07 the script starts the old unit again when the user’s part fails', { skip }, () =>
  withUnit(async ({ machine, migrate, port, cli }) => {
    const { stdout } = await migrate('--script');
    await write(machine, '/opt/root-part.sh', stdout);
    await machine.must(['mkdir', '-p', '/home/bob/.config/systemd/user/memoryd-mneme-server.service.d']);
    await write(
      machine,
      '/home/bob/.config/systemd/user/memoryd-mneme-server.service.d/x.conf',
      '[Service]\nExecStartPre=/bin/false\n',
    );
    await machine.must(['chown', '-R', 'bob:bob', '/home/bob/.config']);
    const ran = await machine.run(['sh', '/opt/root-part.sh'], { timeoutMs: 120_000 });
    assert.notEqual(ran.code, 0);
    assert.match(ran.stderr, /not moved; everything is as before/);
    await until('the old server answers', async () => (await whoAnswers(port)) === 'mneme');
    assert.equal((await cli.status('mneme-server')).state, 'not-installed');
    assert.equal((await machine.must(['systemctl', 'is-enabled', unit])).trim(), 'enabled');
  }),
);

test('the guide’s commands move a unit, verify it, and lead back', { skip }, () =>
  withUnit(async ({ cli, hashes, machine, migrate, must, port }) => {
    const before = await hashes('/root/.mneme-server');
    await must(linesIn('systemd', "Root's part")[0] ?? '');
    await must(linesIn('systemd', 'From boot on')[0] ?? '');
    assert.equal(await whoAnswers(port), 'memoryd');
    const [running = '', gone = '', hashed = ''] = linesIn('systemd', 'Verify');
    await must(running);
    assert.equal(await must(`${gone} || echo "exit $?"`).then((said) => said.trim()), 'exit 4');
    assert.equal(await must(hashed), '');
    await must(blocksIn('systemd', 'Go back')[0] ?? '');
    await until('the old server answers', async () => (await whoAnswers(port)) === 'mneme');
    assert.equal((await machine.must(['systemctl', 'is-enabled', unit])).trim(), 'enabled');
    assert.equal((await cli.status('mneme-server')).state, 'not-installed');
    assert.equal(await hashes('/root/.mneme-server'), before);
    assert.equal(await hashes('/home/bob/.mneme-server'), before);
    const again = await migrate('--sudo');
    assert.equal(again.code, 1, 'what was stored since is in the copy, which stays');
    assert.match(again.stderr, /\.mneme-server already exists/);
    assert.equal(await whoAnswers(port), 'mneme');
  }),
);

test('the guide’s script moves a unit', { skip }, () =>
  withUnit(async (scene) => {
    const before = await scene.hashes('/root/.mneme-server');
    const [, script = ''] = blocksIn('systemd', "Root's part");
    await scene.must(script.replace('less', 'cat'));
    await assertMigrated(scene, before);
  }),
);

const notes = `const about = { key: process.env.NOTES_KEY, user: process.getuid() };
require('node:http').createServer((_, response) => response.end(JSON.stringify(about))).listen(Number(process.argv[3]), '127.0.0.1');
`;

test(
  'X01 what only root reads goes along when root is asked, and is not left out when root is not',
  { skip },
  () =>
    withUnit(async ({ machine, migrate }) => {
      const port = await freePort();
      await write(machine, '/opt/notes.cjs', notes);
      await write(machine, '/etc/notes.env', 'NOTES_KEY=very-secret\n', 0o600);
      const start = `[Service]\nEnvironmentFile=/etc/notes.env\nExecStart=${machine.node} /opt/notes.cjs --port`;
      // The very port may stand there, without which there is no plan.
      await write(machine, '/etc/systemd/system/notes.service', `${start} \${NOTES_PORT}\n`);
      const unplanned = await migrate('--from', 'system-unit:notes', '--dry-run');
      assert.equal(unplanned.code, 77, unplanned.stderr);
      assert.match(unplanned.stderr, /only root can read \/etc\/notes\.env, which .*\ntry: .* --sudo/);
      await write(machine, '/etc/systemd/system/notes.service', `${start} ${port}\n`);
      await machine.must(['systemctl', 'start', 'notes']);
      const about = async () => (await fetch(`http://127.0.0.1:${port}/`)).json();
      assert.deepEqual(await until('it answers', about), { key: 'very-secret', user: 0 });
      for (const how of ['--script', '--dry-run']) {
        const { code, stdout, stderr } = await migrate('--from', 'system-unit:notes', how);
        assert.equal(code, how === '--script' ? 77 : 0, stdout + stderr);
        assert.match(stdout + stderr, /only root can read \/etc\/notes\.env/);
      }
      const { code, stdout, stderr } = await migrate('--from', 'system-unit:notes', '--sudo', '--json');
      assert.equal(code, 0, stdout + stderr);
      assert.deepEqual(await until('it answers again', about), { key: 'very-secret', user: 1000 });
      assert.doesNotMatch(stdout, /very-secret/);
      const definition = await machine.must(['cat', '/home/bob/.config/memoryd/services/notes.json']);
      assert.doesNotMatch(definition, /very-secret/);
      const modes = await machine.must(['stat', '-c', '%a', '/home/bob/.config/memoryd/services/notes.env']);
      assert.equal(modes.trim(), '600');
    }),
);
