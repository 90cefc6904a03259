import assert from 'node:assert/strict';
import { userInfo } from 'node:os';
import test from 'node:test';
import { createFixture } from 'fs-fixture';
import { type Platform, printTargetFor } from '../../src/cli/print-target.ts';
import type { Machine } from '../../src/install/service-lock.ts';
import { parseTask } from '../../src/platform/task-scheduler/parse.ts';
import type { UnitFile } from '../../src/service/unit.ts';
import { systemExec } from '../../src/system/exec.ts';
import { usualRoots } from '../../src/system/roots.ts';
import { realSystem, type System } from '../../src/system/system.ts';
import { readPlist } from '../simulators/launchd/plist.ts';
import { startWindows } from '../simulators/windows/index.ts';
import { repository } from '../support/lab.ts';

interface Printed {
  backend: string;
  units: UnitFile[];
  placeholders: Record<string, string>;
}

/** What `memoryd print --json` says, for a user without any service. */
async function print(platform: Platform): Promise<Printed> {
  await using fixture = await createFixture();
  const result = await systemExec.run(
    [process.execPath, '--disable-warning=ExperimentalWarning', 'src/cli/main.ts', 'print', '--json'].concat(
      '--platform',
      platform,
    ) as [string],
    { cwd: repository, env: { HOME: fixture.path, XDG_CONFIG_HOME: undefined, XDG_DATA_HOME: undefined } },
  );
  assert.ok(result.kind === 'exited' && result.code === 0, JSON.stringify(result));
  return JSON.parse(result.stdout) as Printed;
}

const { username } = userInfo();
const skip = process.platform !== 'linux' && 'is about other systems seen from Linux';

test('print for Windows spells paths as Windows does, and says that the user is named', {
  skip,
}, async () => {
  const { backend, units, placeholders } = await print('win32');
  assert.equal(backend, 'task-scheduler');
  const home = `C:\\Users\\${username}`;
  assert.equal(units[0]?.path, `${home}\\AppData\\Local\\memoryd\\Data\\state\\services\\memory\\task.xml`);
  const parsed = parseTask(units[0]?.content ?? '');
  assert.ok(parsed.kind === 'task');
  assert.equal(parsed.task.userId, username);
  assert.equal(units[0]?.content.includes('S-1-5-'), false, 'no SID is made up');
  assert.equal(placeholders.home, home);
  assert.match(placeholders.user ?? '', /install writes the SID/);
});

test('print for a Mac spells paths as a Mac does', { skip }, async () => {
  const { backend, units, placeholders } = await print('darwin');
  assert.equal(backend, 'launchd');
  const plist = readPlist(units[0]?.content ?? '') as Map<string, unknown>;
  const home = `/Users/${username}`;
  assert.equal(units[0]?.path, `${home}/Library/LaunchAgents/io.github.memoryd.memory.plist`);
  assert.equal(plist.get('StandardErrorPath'), `${home}/Library/Logs/memoryd/memory/launchd-stderr.log`);
  assert.deepEqual(placeholders, { home, node: '/opt/homebrew/bin/node' });
});

test('print for the machine it runs on knows everything', { skip }, async () => {
  const { backend, placeholders } = await print('linux');
  assert.equal(backend, 'systemd');
  assert.deepEqual(placeholders, {});
});

/** A machine of another system, as far as `print` looks at one. */
function machineOf(platform: Platform, changes: Partial<System> = {}): Machine {
  const system: System = { ...realSystem(), platform, ...changes };
  const roots = usualRoots(platform, system.user.home);
  return { system, roots, usualRoots: () => roots, configHome: '' };
}

test('print from a Mac and from Windows is the same for every other system', async () => {
  for (const platform of ['linux', 'darwin', 'win32'] as const) {
    const others = (['linux', 'darwin', 'win32'] as const).filter((one) => one !== platform);
    const [first, second] = await Promise.all(
      others.map((other) => printTargetFor(machineOf(other), 'memory', platform)),
    );
    const values = ({ joinPath: _, ...rest }: Awaited<ReturnType<typeof printTargetFor>>) => rest;
    assert.deepEqual(values(first as never), values(second as never), platform);
  }
});

test('print on Windows asks whoami, and names the user where it says nothing of use', async () => {
  await using fixture = await createFixture();
  const windows = await startWindows({ dir: fixture.getPath('windows'), locale: 'zh' });
  const run: System['exec']['run'] = (argv) => systemExec.run(argv, { env: windows.env });
  const machine = machineOf('win32', { exec: { ...systemExec, run } });
  try {
    const known = await printTargetFor(machine, 'memory');
    assert.deepEqual([known.user.sid, known.placeholders], [windows.sid, {}]);
    windows.fault({ tool: 'whoami', effect: 1 });
    const unknown = await printTargetFor(machine, 'memory');
    assert.equal(unknown.user.sid, undefined);
    assert.match(unknown.placeholders.user ?? '', /install writes the SID/);
  } finally {
    await windows.stop();
  }
});

test('print for a system of which nothing is known is a usage error', async () => {
  const machine = machineOf('aix' as Platform);
  await assert.rejects(printTargetFor(machine, 'memory'), { kind: 'usage' });
});
