import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createFixture } from 'fs-fixture';
import { alive, skipSimulator } from '../../platform/launchd/mac.ts';
import { recorded } from '../../platform/launchd/recorded.ts';
import { until } from '../../support/until.ts';
import { type Launchd, type StartOptions, startLaunchd } from './index.ts';

const label = 'dev.example.job';

interface JobOptions {
  script?: string;
  keys?: string;
  name?: string;
}

interface World extends AsyncDisposable {
  home: string;
  launchd: Launchd;
  gui: string;
  /** Runs launchctl and gives what it did. */
  ctl(...args: string[]): { code: number | null; stdout: string; stderr: string };
  /** Writes a plist that runs `script`, and gives its path. */
  plist(options?: JobOptions): Promise<string>;
  value(key: string): string | undefined;
  /** Lines that the job wrote to the file `log` in its home. */
  log(): Promise<string[]>;
  /** The same, once there are at least `count`. */
  logged(count: number): Promise<string[]>;
}

async function start(options: Partial<StartOptions> = {}): Promise<World> {
  const fixture = await createFixture({ home: { log: '', Library: { LaunchAgents: {} } } });
  const home = join(fixture.path, 'home');
  const timing = {
    throttleSecondMs: 20,
    exitSecondMs: 100,
    reservedMs: 300,
    xpcproxyMs: 20,
    ...options.timing,
  };
  const launchd = await startLaunchd({ dir: join(fixture.path, 'launchd'), home, ...options, timing });
  const gui = `gui/${launchd.uid}`;
  const ctl = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('launchctl', args, {
      env: { ...process.env, ...launchd.env },
      encoding: 'utf8',
    });
    return { code: status, stdout, stderr };
  };
  const log = async () => (await readFile(join(home, 'log'), 'utf8')).split('\n').filter(Boolean);
  return {
    home,
    launchd,
    gui,
    ctl,
    async plist({ script = 'exec sleep 1000', keys = '<key>KeepAlive</key><true/>', name = label } = {}) {
      const path = join(home, 'Library', 'LaunchAgents', `${name}.plist`);
      const program = ['/bin/sh', '-c', script].map(
        (text) => `<string>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</string>`,
      );
      await writeFile(
        path,
        `<?xml version="1.0"?>\n<plist version="1.0"><dict><key>Label</key><string>${name}</string>` +
          `<key>ProgramArguments</key><array>${program.join('')}</array>${keys}</dict></plist>\n`,
        { mode: 0o644 },
      );
      return path;
    },
    value: (key) => new RegExp(`^\t${key} = (.*)$`, 'm').exec(ctl('print', `${gui}/${label}`).stdout)?.[1],
    log,
    logged: (count) =>
      until(`${count} lines`, async () => {
        const lines = await log();
        return lines.length >= count ? lines : undefined;
      }),
    async [Symbol.asyncDispose]() {
      await launchd.stop();
      await fixture.rm();
    },
  };
}

describe('the launchd simulator', { skip: skipSimulator }, () => {
  test('answers what is missing as recorded', async () => {
    await using world = await start();
    const { uid } = world.launchd;
    const missing = recorded('print-missing-exit113-macos27.0.stderr.txt');
    assert.deepEqual(world.ctl('print', `${world.gui}/dev.example.nope`), {
      code: 113,
      stdout: '',
      stderr: missing.replace('501', String(uid)),
    });
    assert.deepEqual(world.ctl('print', 'gui/99999/x'), {
      code: 112,
      stdout: '',
      stderr: 'Bad request.\nCould not find domain for user gui: 99999\n',
    });
    assert.deepEqual(world.ctl('bootout', `${world.gui}/x`), {
      code: 3,
      stdout: '',
      stderr: 'Boot-out failed: 3: No such process\n',
    });
    assert.equal(world.ctl('kickstart', `${world.gui}/x`).code, 113);
    assert.equal(world.ctl('print', 'nonsense').code, 64);
    assert.equal(world.ctl('frobnicate').stderr, 'Unrecognized subcommand: frobnicate\n');
  });

  test('says every text of the recorded catalogue the way it stands there', async () => {
    await using world = await start();
    const catalogue = recorded('stderr-catalogue.txt');
    const texts = [
      world.ctl('bootout', `${world.gui}/x`).stderr,
      world.ctl('bootstrap', world.gui, '/nowhere').stderr,
      world.ctl('load', '/nowhere').stderr,
      world.ctl('bootstrap', 'gui/99999', '/nowhere').stderr,
    ];
    for (const text of texts) assert.ok(catalogue.includes(text.trimEnd().replaceAll('\n', '\\n')), text);
  });

  test('tells nobody but root why a bootstrap is refused', async () => {
    for (const root of [false, true]) {
      await using world = await start({ root });
      const { uid } = world.launchd;
      const code = (rich: number) => (root ? rich : 5);
      const path = await world.plist();
      await chmod(path, 0o666);
      assert.equal(world.ctl('bootstrap', world.gui, path).code, code(122));
      await chmod(path, 0o644);
      world.ctl('disable', `${world.gui}/${label}`);
      assert.equal(world.ctl('bootstrap', world.gui, path).code, code(119));
      world.ctl('enable', `${world.gui}/${label}`);
      assert.equal(world.ctl('bootstrap', `user/${uid}`, path).code, code(134), 'Aqua only');
      assert.equal(world.ctl('bootstrap', world.gui, path).code, 0);
      assert.equal(world.ctl('bootstrap', world.gui, path).code, code(37));
      const broken = await world.plist({ name: 'broken', keys: '<key>KeepAlive</key>' });
      assert.equal(world.ctl('bootstrap', world.gui, broken).code, code(109));
      await writeFile(broken, '<plist version="1.0"><dict></dict></plist>', { mode: 0o644 });
      assert.equal(world.ctl('bootstrap', world.gui, broken).code, code(110));
    }
  });

  test('takes a snapshot of the plist and never reads it again', async () => {
    await using world = await start();
    const path = await world.plist({ script: 'echo old >> "$HOME/log"; exec sleep 1000' });
    world.ctl('bootstrap', world.gui, path);
    await world.logged(1);
    await world.plist({ script: 'echo new >> "$HOME/log"; exec sleep 1000' });
    world.ctl('kickstart', '-k', `${world.gui}/${label}`);
    await world.logged(2);
    assert.deepEqual(await world.log(), ['old', 'old']);
  });

  test('keeps a label taken until the process is gone and a while longer', async () => {
    await using world = await start();
    const path = await world.plist({
      script: 'trap \'\' TERM; echo $$ >> "$HOME/log"; while :; do sleep 0.05; done',
    });
    world.ctl('bootstrap', world.gui, path);
    const [pid = ''] = await world.logged(1);
    assert.equal(world.ctl('bootout', `${world.gui}/${label}`).code, 0, 'asynchronous');
    assert.equal(alive(Number(pid)), true);
    assert.equal(world.value('state'), 'SIGTERMed');
    assert.equal(world.ctl('bootstrap', world.gui, path).code, 5);
    assert.equal(world.ctl('bootout', `${world.gui}/${label}`).code, 36);
    await until('it is killed after the exit timeout', () => !alive(Number(pid)));
    assert.equal(world.ctl('bootstrap', world.gui, path).code, 5, 'reserved still');
    await until('the label is free', () => world.ctl('print', `${world.gui}/${label}`).code === 113);
    assert.equal(world.ctl('bootstrap', world.gui, path).code, 0);
  });

  test('restarts after the throttle less the time it ran, and kickstart does not hurry it', async () => {
    await using world = await start({ timing: { throttleSecondMs: 100 } });
    const path = await world.plist({ script: 'date +%s%N >> "$HOME/log"; exit 3' });
    world.ctl('bootstrap', world.gui, path);
    await until('it is throttled', () => world.value('state') === 'spawn scheduled');
    assert.equal(world.value('last exit code'), '3');
    assert.equal(world.ctl('kickstart', `${world.gui}/${label}`).code, 0);
    assert.equal((await world.log()).length, 1);
    const [first, second] = await world.logged(2);
    assert.ok(
      Number(BigInt(second ?? 0) - BigInt(first ?? 0)) / 1e6 >= 900,
      'ten tenths of a second, less its run',
    );
    assert.equal(world.ctl('bootout', `${world.gui}/${label}`).code, 0);
  });

  test('kickstart -k restarts with either signal, and without -k leaves a running job alone', async () => {
    for (const killMode of ['SIGTERM', 'SIGKILL'] as const) {
      await using world = await start({ timing: { throttleSecondMs: 0 } });
      await world.launchd.fault({ killMode });
      const path = await world.plist({
        script: 'trap \'echo asked >> "$HOME/log"; exit 0\' TERM; echo up >> "$HOME/log"; sleep 1000 & wait',
      });
      world.ctl('bootstrap', world.gui, path);
      await world.logged(1);
      assert.equal(world.ctl('kickstart', `${world.gui}/${label}`).code, 37);
      world.ctl('kickstart', '-k', `${world.gui}/${label}`);
      const expected = killMode === 'SIGTERM' ? ['up', 'asked', 'up'] : ['up', 'up'];
      await world.logged(expected.length);
      assert.deepEqual(await world.log(), expected);
    }
  });

  test('kills what a job leaves behind in its group', async () => {
    await using world = await start();
    const path = await world.plist({
      script: 'sleep 1000 & echo $! >> "$HOME/log"',
      keys: '<key>RunAtLoad</key><true/>',
    });
    world.ctl('bootstrap', world.gui, path);
    const [child = ''] = await world.logged(1);
    await until('its child is gone', () => !alive(Number(child)));
    assert.equal(world.value('state'), 'not running');
  });

  test('SuccessfulExit=false restarts after a failure only', async () => {
    await using world = await start();
    const keys = '<key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>';
    const path = await world.plist({
      script: 'echo x >> "$HOME/log"; test $(wc -l < "$HOME/log") -ge 2',
      keys,
    });
    world.ctl('bootstrap', world.gui, path);
    await until('it ended well', () => world.value('state') === 'not running');
    assert.equal((await world.log()).length, 2);
    assert.match(
      world.ctl('print', `${world.gui}/${label}`).stdout,
      /\tsemaphores = \{\n\t\tsuccessful exit => 0\n\t\}/,
    );
  });

  test('starts nothing by itself in an early login but what is kicked', async () => {
    await using world = await start({ session: 'early' });
    const path = await world.plist({ script: 'echo up >> "$HOME/log"; exec sleep 1000' });
    world.ctl('bootstrap', world.gui, path);
    assert.equal(world.value('pended nondemand spawn'), 'speculative');
    assert.equal(world.value('runs'), '0');
    assert.equal(world.ctl('kickstart', `${world.gui}/${label}`).code, 0);
    await world.logged(1);
  });

  test('login loads real files that are fit and enabled, and nothing else', async () => {
    await using world = await start({ session: 'none' });
    const agents = join(world.home, 'Library', 'LaunchAgents');
    await world.plist({ name: 'good' });
    await world.plist({ name: 'off' });
    await chmod(await world.plist({ name: 'open' }), 0o666);
    await mkdir(join(world.home, 'kept'));
    await symlink(await world.plist({ name: 'good' }), join(agents, 'link.plist'));
    await world.launchd.login('ssh');
    world.ctl('disable', `user/${world.launchd.uid}/off`);
    await world.launchd.login('gui');
    const listed = world.ctl('print', world.gui).stdout;
    const loaded = ['good', 'off', 'open', 'link'].filter((name) => listed.includes(`\t${name}\n`));
    assert.deepEqual(loaded, ['good']);
  });

  test('notes every call, so that tests can forbid some', async () => {
    await using world = await start();
    world.ctl('managername');
    world.ctl('load', '-w', '/x');
    const calls = await world.launchd.calls();
    assert.deepEqual(calls, [
      { argv: ['managername'], code: 0 },
      { argv: ['load', '-w', '/x'], code: 0 },
    ]);
  });

  test('ends with every process it started, also those that left their group', async () => {
    const world = await start();
    const script = 'setsid sh -c \'echo $$ >> "$HOME/log"; exec sleep 1000\' & echo $$ >> "$HOME/log"; wait';
    world.ctl('bootstrap', world.gui, await world.plist({ script }));
    const pids = await world.logged(2);
    await world[Symbol.asyncDispose]();
    await until('init has buried them', () => !pids.map(Number).some(alive));
  });

  test('ends when the test that started it is killed', async () => {
    await using fixture = await createFixture({ home: {} });
    const script = join(import.meta.dirname, 'index.ts');
    await fixture.writeFile(
      'start.mjs',
      `const { startLaunchd } = await import(${JSON.stringify(script)});
       const dir = ${JSON.stringify(join(fixture.path, 'launchd'))};
       await startLaunchd({ dir, home: ${JSON.stringify(join(fixture.path, 'home'))} });
       process.kill(process.pid, 'SIGKILL');`,
    );
    spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', join(fixture.path, 'start.mjs')]);
    const ctl = join(fixture.path, 'launchd', 'bin', 'launchctl');
    await until('nobody answers', () =>
      /ECONNREFUSED|ENOENT/.test(String(spawnSync(ctl, ['managername']).stderr)),
    );
  });
});
