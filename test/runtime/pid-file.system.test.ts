import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, symlinkSync, utimesSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createFixture } from 'fs-fixture';
import { parsePidFile, readPidFile } from '../../src/runtime/pid-file.ts';
import { systemFiles } from '../../src/system/files.ts';
import { systemProcesses } from '../../src/system/processes.ts';
import { until } from '../support/until.ts';

const posix = process.platform === 'win32' ? 'needs start times and links' : false;
const system = { files: systemFiles, processes: systemProcesses };

describe('the text of a pid file', () => {
  for (const [text, pid] of [
    ['4711', 4711],
    ['4711\n', 4711],
    [' 4711 \r\n', 4711],
    ['37777\n4711\n', 4711],
    ['{"pid":4711,"port":37777,"startedAt":"2026-01-01T00:00:00Z"}', 4711],
    ['', undefined],
    ['0', undefined],
    ['-4711', undefined],
    ['4711 4712', undefined],
    ['1\n2\n3', undefined],
    ['99999999999', undefined],
    ['4294967295', undefined],
    ['{"pid":"4711"}', undefined],
    ['{"pid":4711.5}', undefined],
    ['{"pid":4711', undefined],
    ['null', undefined],
    ['\0\0\0\0', undefined],
  ] as const) {
    it(`${JSON.stringify(text)} is ${pid === undefined ? "nobody's" : pid}`, () => {
      assert.equal(parsePidFile(text), pid);
    });
  }

  it('is a pid that can be asked for, or nothing, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.nat().map(String)), (text) => {
        const pid = parsePidFile(text);
        if (pid !== undefined) systemProcesses.alive(pid);
      }),
    );
  });
});

describe('a pid file', { skip: posix }, () => {
  it('of a live process that was there before it is live; reading leaves it as it is', async () => {
    await using fixture = await createFixture({ '.server.pid': `${process.pid}\n` });
    const path = fixture.getPath('.server.pid');
    assert.deepEqual(await readPidFile(system, path), { kind: 'live', pid: process.pid });
    assert.equal(readFileSync(path, 'utf8'), `${process.pid}\n`);
  });

  it('X03: of a pid that somebody else has got since is dead', async () => {
    await using fixture = await createFixture({ '.server.pid': String(process.pid) });
    const path = fixture.getPath('.server.pid');
    const before = new Date(performance.timeOrigin - 60_000);
    utimesSync(path, before, before);
    assert.deepEqual(await readPidFile(system, path), { kind: 'dead', pid: process.pid });
  });

  it('of a process that has ended is dead', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    await using fixture = await createFixture({ '.worker.pid': String(child.pid) });
    const seen = await readPidFile(system, fixture.getPath('.worker.pid'));
    assert.deepEqual(seen, { kind: 'dead', pid: child.pid });
  });

  it('with no pid in it is corrupt, not live and not absent', async () => {
    await using fixture = await createFixture({ 'worker.pid': '{"pid":', empty: '' });
    assert.deepEqual(await readPidFile(system, fixture.getPath('worker.pid')), { kind: 'corrupt' });
    assert.deepEqual(await readPidFile(system, fixture.getPath('empty')), { kind: 'corrupt' });
    assert.deepEqual(await readPidFile(system, fixture.getPath('nothing')), { kind: 'absent' });
  });

  it('that is a link is read through it, and one that leads nowhere or is no file keeps nobody waiting', async () => {
    await using fixture = await createFixture({ run: { 'server.pid': String(process.pid) } });
    const at = (name: string) => fixture.getPath(name);
    symlinkSync(at('run/server.pid'), at('link'));
    symlinkSync(at('run/none'), at('dangling'));
    mkdirSync(at('directory'));
    execFileSync('mkfifo', [at('pipe')]);
    assert.deepEqual(await readPidFile(system, at('link')), { kind: 'live', pid: process.pid });
    assert.deepEqual(await readPidFile(system, at('dangling')), { kind: 'corrupt' });
    assert.deepEqual(await readPidFile(system, at('directory')), { kind: 'corrupt' });
    assert.deepEqual(await readPidFile(system, at('pipe')), { kind: 'corrupt' });
  });

  it('that may not be read is unreadable, which is not dead', async () => {
    const files = {
      ...systemFiles,
      read: async () => ({ kind: 'unreadable', why: 'permission denied' }) as const,
    };
    await using fixture = await createFixture({ '.server.pid': '1' });
    const seen = await readPidFile({ ...system, files }, fixture.getPath('.server.pid'));
    assert.deepEqual(seen, { kind: 'unreadable', why: 'permission denied' });
  });
});

describe('the life of a process', { skip: posix }, () => {
  it('began when it was started', async () => {
    const before = Date.now();
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6); console.log()']);
    await once(child.stdout, 'data');
    const life = systemProcesses.lifeOf(child.pid ?? 0);
    child.kill('SIGKILL');
    assert.equal(life.kind, 'alive');
    const since = life.kind === 'alive' ? life.since.getTime() : 0;
    assert.ok(Math.abs(since - before) < 2000, `${since - before} ms apart`);
    await once(child, 'exit');
    assert.deepEqual(systemProcesses.lifeOf(child.pid ?? 0), { kind: 'gone' });
  });

  it('is over for one that only waits to be reaped', {
    skip: process.platform !== 'linux' && 'reads /proc',
  }, async (t) => {
    // A loop that stands still never reaps.
    const script = `const { spawn } = require('node:child_process');
      require('node:fs').writeSync(1, String(spawn('true').pid));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);`;
    const parent = spawn(process.execPath, ['-e', script]);
    t.after(() => parent.kill('SIGKILL'));
    const [line] = await once(parent.stdout, 'data');
    const pid = Number(line);
    const state = () => / (.) /.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1];
    await until('it is dead and not reaped', () => state() === 'Z');
    assert.equal(systemProcesses.alive(pid), true);
    assert.deepEqual(systemProcesses.lifeOf(pid), { kind: 'gone' });
  });
});
