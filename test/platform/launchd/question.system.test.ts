import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Known, questionFor } from '../../../src/platform/launchd/question.ts';
import { endRun, noRuns, type Runs } from '../../../src/runtime/run-history.ts';
import { label, skipSimulator, startMac, untilProcess } from './mac.ts';

const at = '2026-01-01T00:00:10.000Z';
const now = { bootedAt: 0, uptimeSecs: 10, at };
const told: Runs = endRun(noRuns(now), 'clean', 'SIGTERM', now);
const crashed: Runs = endRun(noRuns(now), 'crashed', 'it broke', now);
const runs: Runs = { ...noRuns(now), current: { pid: 1, build: 'b', startedAt: at, ready: true } };

const gui = 'gui/501' as const;
const user = 'user/501' as const;
const before = Date.parse(at) - 1;
const after = Date.parse(at) + 1;

const known = (changes: Partial<Known>): Known => ({
  uid: 501,
  plist: { kind: 'ours', path: '/p', unit: 'u', parked: false, mode: 0o644 },
  put: { domain: gui, at: before },
  runs,
  recorded: undefined,
  atScreen: true,
  ...changes,
});

const job = (domain: string) => ({ about: 'job', domain });
const domain = (name: string) => ({ about: 'domain', domain: name });
const parked = { kind: 'ours', path: '/p', unit: 'u', parked: true, mode: 0o644 } as const;

const table: [string, Partial<Known>, object][] = [
  ['runs, for all we know', {}, job(gui)],
  ['broke down', { runs: crashed }, job(gui)],
  ['was told to end since it was put there', { runs: told }, domain(gui)],
  ['was put back after it was told to end', { runs: told, put: { domain: gui, at: after } }, job(gui)],
  ['was taken out by us', { runs: told, put: undefined }, domain(gui)],
  ['was never started', { runs: undefined, put: undefined }, domain(gui)],
  ['was taken out, and a login brought it back', { put: undefined }, job(gui)],
  ['was taken out over SSH', { runs: told, put: undefined, atScreen: false }, domain(user)],
  ['runs without a screen session', { put: { domain: user, at: before }, atScreen: false }, job(user)],
  [
    'M04 was started over SSH, and its user sits at the screen now',
    { put: { domain: user, at: before } },
    job(gui),
  ],
  ['runs at the screen, of which somebody else has taken hold', { atScreen: false }, job(gui)],
  ['was told to end, and macOS lets us read the overrides', { runs: told, recorded: 'enabled' }, job(gui)],
  ['is not to start at login', { runs: told, plist: parked }, job(gui)],
  ['has lost its plist', { runs: told, plist: { kind: 'absent' } }, job(gui)],
];

describe('what launchd is asked of a service that', () => {
  for (const [what, changes, question] of table)
    test(what, () => assert.deepEqual(questionFor(known(changes)), question));
});

describe('launchd is asked once', { skip: skipSimulator }, () => {
  test('of a service that is not there, never ran, runs, breaks down, stopped, or is switched off', async () => {
    await using mac = await startMac({ timing: { throttleSecondMs: 1000 } });
    const asked = async (state: string) => {
      await mac.said();
      await mac.backend.observe('memory');
      const said = await mac.said();
      // N17: that a loaded job is disabled, only the list of overrides tells. It is asked for at the same time.
      const once = said.filter((line) => !line.startsWith('print-disabled '));
      assert.equal(once.length, 1, `${state}: ${said.join('; ')}`);
      const about = once[0]?.endsWith(`/${label}`) === true ? 2 : 1;
      assert.ok(said.length <= about, `${state}: ${said.join('; ')}`);
    };
    await asked('not there');
    await mac.write();
    await asked('never ran');
    await mac.backend.perform('start', 'memory');
    await asked('runs');
    await mac.mode('crash');
    process.kill((await mac.starts(1))[0] ?? 0, 'SIGKILL');
    await untilProcess(mac.backend, 'waiting');
    await asked('breaks down');
    await mac.mode('well');
    await mac.backend.perform('stop', 'memory');
    await asked('stopped');
    await mac.backend.perform('start', 'memory');
    await mac.byHand('disable', `gui/${mac.launchd.uid}/${label}`);
    await mac.byHand('bootout', `gui/${mac.launchd.uid}/${label}`);
    await untilProcess(mac.backend, 'stopped');
    await mac.toldToEnd();
    await asked('switched off');
    assert.equal((await untilProcess(mac.backend, 'stopped')).enabled, 'disabled');
  });

  test('and a second time only of a job that it should not have', async () => {
    await using mac = await startMac();
    await mac.write();
    await mac.backend.perform('register', 'memory');
    assert.equal(await mac.byHand('bootstrap', `gui/${mac.launchd.uid}`, mac.plist), 0);
    await mac.starts(1);
    await mac.said();
    await untilProcess(mac.backend, 'running');
    const gui = `gui/${mac.launchd.uid}`;
    assert.deepEqual((await mac.said()).slice(0, 2), [`print ${gui}`, `print ${gui}/${label}`]);
  });
});
