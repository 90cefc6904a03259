import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readRuns } from '../../src/runtime/run-history-file.ts';
import { childReady, exitOf, fakeCommand, foreignHome, logOf, quickWatch } from '../support/external-home.ts';
import type { HostHome } from '../support/host-home.ts';
import { until } from '../support/until.ts';

const linux = process.platform === 'linux' ? false : 'reads /proc';

/** The reason that the host recorded when it gave up. */
async function reasonOf(home: HostHome): Promise<string> {
  return (await readRuns(home.system, home.paths))?.lastExit?.reason ?? '';
}

/** A daemon in JavaScript, on the service's port. */
const script = (code: string) => [process.execPath, '-e', code, '{port}'];
const port = 'Number(process.argv[1])';

describe('what the host of a daemon says it saw', { skip: linux, concurrency: 2 }, () => {
  it('N09 a daemon that listens on another address only: who listens where, how long it waited, the last lines', async () => {
    const command = script(
      `console.log('ready, or so it thinks');require('http').createServer().listen(${port}, '::1')`,
    );
    await using home = await foreignHome({ command, startTimeoutSecs: 2 });
    assert.equal(await exitOf(home.spawn()), 1);
    const reason = await reasonOf(home);
    assert.match(
      reason,
      /^not ready after 2 s \(--start-timeout\): nothing listens on 127\.0\.0\.1:\d+, but pid \d+ listens on \[::1\]:\d+\n/,
    );
    assert.match(reason, /ready, or so it thinks/);
  });

  it('N09 a daemon on another port than it was told', async () => {
    const command = script(`require('http').createServer().listen(0, '127.0.0.1')`);
    await using home = await foreignHome({ command, startTimeoutSecs: 2 });
    assert.equal(await exitOf(home.spawn()), 1);
    assert.match(await reasonOf(home), /but pid \d+ listens on 127\.0\.0\.1:\d+/);
  });

  for (const [what, status, headers, seen] of [
    ['401', 401, '{}', /HTTP 401 at http:\/\/127\.0\.0\.1:\d+\/health/],
    ['a redirect', 307, "{location:'/v2/health'}", /HTTP 307 to \/v2\/health at http/],
  ] as const) {
    it(`N09 a daemon that answers its probe with ${what}`, async () => {
      const answer = `(_, r) => r.writeHead(${status}, ${headers}).end()`;
      const command = script(`require('http').createServer(${answer}).listen(${port}, '127.0.0.1')`);
      const probe = { kind: 'http', path: '/health' };
      await using home = await foreignHome({ command, probe, startTimeoutSecs: 2 });
      assert.equal(await exitOf(home.spawn()), 1);
      assert.match(await reasonOf(home), seen);
    });
  }

  it('N09 a command that puts its daemon into the background is told so, and nothing of it is left', async () => {
    const server = `require('http').createServer().listen(${port}, '127.0.0.1')`;
    const detach = `require('child_process').spawn(process.execPath,['-e',${JSON.stringify(server)},process.argv[1]],{detached:true,stdio:'ignore'}).unref();setTimeout(()=>process.exit(0),300)`;
    await using home = await foreignHome({ command: script(detach), startTimeoutSecs: 10 });
    assert.equal(await exitOf(home.spawn()), 78);
    assert.match(
      await reasonOf(home),
      /exit 0, and left pid \d+ in the background: use its option to stay in the foreground/,
    );
  });

  it('N10 a command without a probe that hangs is restarted, because it spoke HTTP before', async () => {
    await using home = await foreignHome({ command: fakeCommand(), probe: undefined });
    home.spawn();
    const { pid, warnings } = await childReady(home);
    assert.deepEqual(warnings, []);
    process.kill(pid, 'SIGSTOP');
    const next = await childReady(home, pid);
    assert.equal(next.lastEnd, 'it did not answer');
  });

  it('N10 a command that speaks nothing we know is watched by its connections, and it is said that a hang cannot be seen', async () => {
    const command = script(
      `require('net').createServer((s) => s.on('error', () => {}).end('220 hello\\r\\n')).listen(${port}, '127.0.0.1')`,
    );
    await using home = await foreignHome({ command, probe: undefined });
    home.spawn();
    const { warnings } = await childReady(home);
    assert.match(warnings.join(), /a hang of it cannot be seen/);
  });

  it('N10 exit 0 that says "another serves" is not believed while nobody answers: it is started again at once', async () => {
    const command = script(`process.exit(0)`);
    const exitCodes = { 0: 'yield' };
    await using home = await foreignHome({
      command,
      exitCodes,
      watch: { ...quickWatch, intervalSecs: 20 },
      startTimeoutSecs: 3,
    });
    const host = home.spawn();
    await until('it was started three times', async () => {
      const log = await logOf(home);
      assert.ok(!log.some(({ event }) => event === 'child.yielded'));
      return log.filter(({ event }) => event === 'child.started').length >= 3;
    });
    assert.equal(await exitOf(host), 78);
    assert.match(await reasonOf(home), /exit 0, and that says that another process serves, and none answers/);
  });
});
