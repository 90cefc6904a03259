// Whoever still writes is seen from any environment, and keeps an uninstall from beginning.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { acquireLock } from '../../src/system/lock.ts';
import { withCli } from '../support/installed.ts';
import { needsUserManager } from '../support/machine-needs.ts';
import { withStandaloneHome } from '../support/standalone-user.ts';
import { until } from '../support/until.ts';
import { bystander, elsewhere, ended, gone, install, refused } from './writers-around.ts';

const skip = process.platform === 'win32' ? 'Windows has no standalone backend' : false;

test('an import that is under way is seen from everywhere: no uninstall, no --purge', { skip }, (t) =>
  withStandaloneHome(async (cli, home, env) => {
    await install(cli);
    const file = join(home, 'memories.jsonl');
    writeFileSync(file, `${JSON.stringify({ content: 'a memory among many' })}\n`.repeat(100_000));
    const importing = spawn(process.execPath, [cli.entry, 'import', file], {
      env,
      stdio: 'ignore',
    });
    t.after(() => importing.kill('SIGKILL'));
    const { token, config } = (await cli.status()).paths;
    const registered = () =>
      readdirSync(dirname(token)).some((name) => name === `writer.${importing.pid}.json`);
    await until('it has registered', registered);
    const lock = await acquireLock(join(dirname(token), '..', '..', 'changes', 'memory.lock'), {
      waitMs: 5000,
    });
    importing.kill('SIGSTOP');
    lock?.release();
    assert.equal(registered(), true, 'it is still at work');
    const words = new RegExp(`memoryd import \\(pid ${importing.pid}\\)[^]*try: kill ${importing.pid}`);
    for (const other of [{}, ...Object.values(elsewhere(home))]) {
      await refused(cli, [], other, words);
      await refused(cli, ['--purge', '--yes'], other, words);
    }
    assert.equal((await cli.run(['uninstall', '--dry-run'])).code, 1);
    assert.equal(existsSync(config), true);
    await ended(importing);
    await gone(cli, ['--purge', '--yes']);
    const left = readdirSync(home, { recursive: true }).map(String);
    assert.deepEqual(
      left.filter((path) => path.includes('memoryd')),
      [],
    );
  }),
);

test(
  'a host that was started by hand, which systemd would not stop, is seen from everywhere',
  { skip: needsUserManager },
  withCli(async (user, cli) => {
    await cli.must(['install']);
    await cli.must(['stop']);
    // With a supervisor of its own, in a session of its own, and a runtime directory of its own.
    await user.must([user.node, cli.entry, 'host', 'memory', '--supervise'], {
      env: { XDG_RUNTIME_DIR: '', TMPDIR: user.home },
    });
    const { endpoint } = await until('it answers', async () => {
      const status = await cli.status();
      return status.endpoint === null ? undefined : status;
    });
    const words = new RegExp(`memoryd host memory \\(pid ${endpoint?.pid}\\)`);
    const places = elsewhere(user.home);
    for (const other of [{}, places['another TMPDIR'], places.cron]) {
      await refused(cli, [], other ?? {}, words);
      await refused(cli, ['--purge', '--yes'], other ?? {}, words);
    }
    const { stderr } = await cli.run(['uninstall']);
    const pids = /try: kill ([\d ]+)/.exec(stderr)?.[1]?.split(' ') ?? [];
    assert.equal(pids.length, 2, stderr);
    await user.must(['kill', ...pids]);
    await until('nothing answers', async () => (await cli.status()).endpoint === null);
    await gone(cli);
  }),
);

test(
  'a host that was started by hand is seen from everywhere, without a service manager too',
  { skip },
  (t) =>
    withStandaloneHome(async (cli, home, env) => {
      await install(cli);
      await cli.must(['stop']);
      const host = spawn(process.execPath, [cli.entry, 'host', 'memory'], {
        env: { ...env, TMPDIR: home, XDG_RUNTIME_DIR: '' },
        stdio: 'ignore',
      });
      t.after(() => host.kill('SIGKILL'));
      await until('it answers', async () => (await cli.status()).endpoint?.pid === host.pid);
      const words = new RegExp(`memoryd host memory \\(pid ${host.pid}\\)`);
      for (const other of [{}, ...Object.values(elsewhere(home))]) await refused(cli, [], other, words);
      // Alive and silent is alive.
      host.kill('SIGSTOP');
      const { code, stderr } = await cli.run(['uninstall'], { env: elsewhere(home).cron ?? {} });
      assert.equal(code, 1);
      assert.match(stderr, words);
      await ended(host);
      await gone(cli);
    }),
);

test(
  'the unit of an uninstall from cron is its own: it is stopped, and its runtime directory tidied, not the parents',
  { skip },
  () =>
    withStandaloneHome(async (cli, home) => {
      await install(cli);
      const runtime = (await cli.status()).paths.runtime;
      assert.equal(existsSync(join(runtime, 'memory.json')), true);
      writeFileSync(join(dirname(runtime), 'of-another-program'), '');
      const { code, stderr } = await cli.run(['uninstall'], { env: elsewhere(home).cron ?? {} });
      assert.equal(code, 0, stderr);
      assert.equal((await cli.status()).state, 'not-installed');
      assert.equal(existsSync(runtime), false);
      assert.deepEqual(readdirSync(dirname(runtime)), ['of-another-program']);
    }),
);

test(
  'a pid file of an older daemon is believed only for the process that wrote it, and cleaned up when that is gone',
  { skip },
  (t) =>
    withStandaloneHome(async (cli) => {
      await install(cli);
      const { data } = (await cli.status()).paths;
      mkdirSync(data, { recursive: true });
      const writer = await bystander();
      t.after(() => writer.kill('SIGKILL'));
      const pid = writer.pid as number;
      const files = {
        '.server.pid': `${pid}\n`,
        '.worker.pid': `37777\n${pid}\n`,
        'worker.pid': JSON.stringify({ pid, port: 37777, startedAt: 'then' }),
      };
      for (const [name, content] of Object.entries(files)) {
        const path = join(data, name);
        writeFileSync(path, content);
        await refused(cli, [], {}, new RegExp(`the writer of .*${name} \\(pid ${pid}\\)`));
        await refused(cli, ['--purge', '--yes'], {}, new RegExp(`pid ${pid}`));
        // Written before that process began: the pid is somebody else's by now.
        const longAgo = new Date(performance.timeOrigin - 3_600_000);
        utimesSync(path, longAgo, longAgo);
      }
      writeFileSync(join(data, 'kept'), 'a memory');
      await gone(cli);
      assert.deepEqual(readdirSync(data), ['kept'], 'the pid files are gone, the data stays');
      writeFileSync(join(data, '.server.pid'), 'torn');
      await gone(cli, ['--purge', '--yes']);
      assert.equal(existsSync(data), false);
      await ended(writer);
    }),
);

const notRoot = process.getuid?.() === 0 ? skip : 'sudo makes root of somebody';

test(
  "sudo is refused before anything is looked at: the service is the user's, not root's (L14)",
  { skip: notRoot },
  () =>
    withStandaloneHome(async (cli) => {
      await install(cli);
      const { code, stderr } = await cli.run(['uninstall'], { env: { SUDO_USER: 'ada' } });
      assert.equal(code, 77, stderr);
      assert.equal((await cli.status()).state, 'running');
      await gone(cli);
    }),
);
