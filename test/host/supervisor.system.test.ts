import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createFixture } from 'fs-fixture';
import { backoffMs } from '../../src/host/backoff.ts';
import { LineSplitter } from '../../src/host/line-splitter.ts';
import { type ChildExit, type ChildSpec, Supervisor } from '../../src/host/supervisor.ts';
import type { Log } from '../../src/service/log.ts';
import { realSystem } from '../../src/system/system.ts';
import { until } from '../support/until.ts';

const quick = { firstMs: 1, maxMs: 20, stableMs: 60_000 };
const system = realSystem();

/** Runs `code` in a node of its own, again and again. */
function specOf(code: string, stopDeadlineMs = 5000): ChildSpec {
  return { argv: [process.execPath, '-e', code], options: {}, stdio: ['ignore', 'inherit'], stopDeadlineMs };
}

function recorder() {
  const events: { event: string; fields: Record<string, unknown> }[] = [];
  const log: Log = (event, fields = {}) => events.push({ event, fields });
  return { events, log };
}

describe('the backoff', () => {
  it('is nothing after a good run, and then doubles up to its limit', () => {
    const policy = { firstMs: 100, maxMs: 30_000 };
    const full = [0, 1, 2, 3, 4, 8, 9, 10, 1000].map((failures) => backoffMs(failures, policy, () => 0));
    assert.deepEqual(full, [0, 100, 200, 400, 800, 12_800, 25_600, 30_000, 30_000]);
  });

  it('is shortened at random by at most half', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.double({ min: 0, max: 1, noNaN: true }), (failures, random) => {
        const policy = { firstMs: 100, maxMs: 5000 };
        const full = backoffMs(failures, policy, () => 0);
        const short = backoffMs(failures, policy, () => random);
        return short <= full && short >= Math.floor(full / 2);
      }),
    );
  });
});

describe('the line splitter', () => {
  it('gives the same lines however the bytes come in pieces', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme' })),
        fc.array(fc.integer({ min: 1, max: 7 })),
        (texts, cuts) => {
          const lines = texts.map((text) => text.replace(/[\r\n]/g, ' ')).filter((text) => text !== '');
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
          const seen: string[] = [];
          const splitter = new LineSplitter((line) => seen.push(line));
          for (let from = 0, i = 0; from < bytes.length; i += 1) {
            const size = cuts[i % Math.max(1, cuts.length)] ?? 1;
            splitter.push(bytes.subarray(from, from + size));
            from += size;
          }
          splitter.end();
          assert.deepEqual(seen, lines);
        },
      ),
    );
  });
});

describe('a supervisor', { skip: process.platform === 'win32' ? 'process groups are POSIX' : false }, () => {
  it('starts its child again until its end is final', async () => {
    await using fixture = await createFixture({ count: '' });
    const count = fixture.getPath('count');
    const code = `const fs = require('fs'); fs.appendFileSync(${JSON.stringify(count)}, 'x');
      process.exit(fs.readFileSync(${JSON.stringify(count)}, 'utf8').length < 3 ? 1 : 78)`;
    const { events, log } = recorder();
    const policy = { ...quick, isFinal: ({ code: end }: ChildExit) => end === 78 };
    const outcome = await new Supervisor(system, specOf(code), policy, log).run();
    assert.equal(outcome.kind === 'final' && outcome.exit.code, 78);
    assert.equal(readFileSync(count, 'utf8'), 'xxx');
    assert.deepEqual(
      events.filter(({ event }) => event === 'child.exited').map(({ fields }) => fields.code),
      [1, 1, 78],
    );
  });

  it('waits longer each time, and anew once the child has shown that it works', async () => {
    const { events, log } = recorder();
    const waits = () =>
      events.filter(({ event }) => event === 'child.restarting').map(({ fields }) => fields.afterMs);
    const policy = { ...quick, isFinal: () => waits().length === 5 };
    const supervisor: Supervisor = new Supervisor(
      system,
      specOf('process.exit(1)'),
      policy,
      log,
      { started: () => waits().length === 3 && supervisor.resetBackoff() },
      () => 0,
    );
    await supervisor.run();
    assert.deepEqual(waits(), [1, 2, 4, 0, 1]);
  });

  it('says so when there is no such program, and goes on trying', async () => {
    const { events, log } = recorder();
    const exits: ChildExit[] = [];
    const policy = { ...quick, isFinal: () => exits.length === 2 };
    const spec = { ...specOf(''), argv: ['/nonexistent/program'] as const };
    await new Supervisor(system, spec, policy, log, { ended: (exit) => void exits.push(exit) }).run();
    assert.deepEqual(
      exits.map(({ code, signal }) => ({ code, signal })),
      Array(2).fill({ code: null, signal: null }),
    );
    assert.match(String(events.find(({ event }) => event === 'child.error')?.fields.error), /ENOENT/);
  });

  it('kills the whole group of a child that does not stop in time (L08)', async () => {
    await using fixture = await createFixture();
    const pids = fixture.getPath('pids');
    const stubborn = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1e6);`;
    const code = `${stubborn} const { spawn } = require('child_process');
      const child = spawn(process.execPath, ['-e', ${JSON.stringify(stubborn)}], { stdio: 'ignore' });
      require('fs').writeFileSync(${JSON.stringify(pids)}, process.pid + ' ' + child.pid);`;
    const supervisor = new Supervisor(
      system,
      specOf(code, 300),
      { ...quick, isFinal: () => false },
      () => undefined,
    );
    const run = supervisor.run();
    const both = await until('both run', () => {
      const found = readFileSync(pids, 'utf8').split(' ').map(Number);
      return found.length === 2 && found.every((pid) => system.processes.startIdentity(pid))
        ? found
        : undefined;
    });
    supervisor.stop();
    assert.deepEqual(await run, { kind: 'stopped' });
    await until('both are gone', () =>
      both.every((pid) => system.processes.startIdentity(pid) === undefined),
    );
  });

  it('sweeps up what a dead child left behind before it starts the next (L08)', async () => {
    await using fixture = await createFixture();
    const file = fixture.getPath('left');
    const code = `const { spawn } = require('child_process');
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
      require('fs').writeFileSync(${JSON.stringify(file)}, String(child.pid)); process.kill(process.pid, 'SIGKILL');`;
    const policy = { ...quick, isFinal: () => true };
    const outcome = await new Supervisor(system, specOf(code), policy, () => undefined).run();
    assert.equal(outcome.kind === 'final' && outcome.exit.signal, 'SIGKILL');
    const left = Number(readFileSync(file, 'utf8'));
    await until('it is gone', () => system.processes.startIdentity(left) === undefined);
  });

  it('stops while it waits to start the child again', async () => {
    const { events, log } = recorder();
    const policy = { firstMs: 600_000, maxMs: 600_000, stableMs: 60_000, isFinal: () => false };
    const supervisor = new Supervisor(system, specOf('process.exit(1)'), policy, log);
    const run = supervisor.run();
    await until('it waits', () => events.some(({ event }) => event === 'child.restarting'));
    supervisor.stop();
    assert.deepEqual(await run, { kind: 'stopped' });
  });
});
