import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProcessState, UnitObservation } from '../../src/service/unit.ts';
import { refuseWriters, type Writer, writersLeft } from '../../src/service/writer.ts';

const unit = (process: ProcessState): UnitObservation => ({
  kind: 'registered',
  path: '/unit',
  enabled: 'enabled',
  process,
  dropIns: [],
  needsReload: false,
});

const host: Writer = { kind: 'host', pid: 10, what: 'memoryd host memory' };
const supervisor: Writer = { kind: 'supervisor', pid: 11, what: 'memoryd host memory --supervise' };
const other: Writer = { kind: 'other', pid: 12, what: 'memoryd import' };
const running = unit({ kind: 'running', pid: 10 });

const left = (writers: Writer[], seen: UnitObservation, below: number[] = []) =>
  writersLeft(writers, seen, new Set(below)).map(({ pid }) => pid);

test("the unit's own host and supervisor go with the unit", () => {
  assert.deepEqual(left([host, supervisor], running), []);
  assert.deepEqual(left([supervisor], unit({ kind: 'waiting', reason: '' })), []);
});

test('a host that is not the process the unit runs stays behind', () => {
  for (const seen of [
    unit({ kind: 'running', pid: 99 }),
    unit({ kind: 'stopped' }),
    unit({ kind: 'failed', reason: '' }),
    unit({ kind: 'waiting', reason: '' }),
    { kind: 'absent' } as const,
    { kind: 'foreign', path: '/unit', reason: '' } as const,
  ]) {
    assert.deepEqual(left([host], seen), [10], JSON.stringify(seen));
  }
});

test('while a unit is on its way up or down, the host is taken for its own', () => {
  for (const kind of ['starting', 'stopping'] as const) assert.deepEqual(left([host], unit({ kind })), []);
});

test('what is not ours is never taken for the unit, whatever its pid, unless the unit started it', () => {
  assert.deepEqual(left([{ ...other, pid: 10 }], running), [10]);
  assert.deepEqual(left([host, other], running), [12]);
  assert.deepEqual(left([host, other], running, [12]), []);
  assert.deepEqual(left([other], unit({ kind: 'stopping' })), [12]);
  const neighbour: Writer = { ...other, kind: 'neighbour' };
  assert.deepEqual(left([neighbour], running), [12]);
  assert.deepEqual(left([neighbour], running, [12]), [], 'a worker of ours is not reported');
});

test('one process is told once, by what it was seen as first', () => {
  assert.deepEqual(left([host, { ...other, pid: 10 }], { kind: 'absent' }), [10]);
  assert.deepEqual(
    left([host, { ...other, pid: 10 }], running),
    [],
    'the daemon may keep a pid file of its own',
  );
});

test('the refusal names everybody, with the command that ends them', () => {
  assert.doesNotThrow(() => refuseWriters('memory', [], 'linux'));
  assert.throws(() => refuseWriters('memory', [host, other], 'linux'), {
    kind: 'failed',
    message: '"memory" is still in use: memoryd host memory (pid 10), memoryd import (pid 12)',
    hint: 'kill 10 12',
  });
  const neighbour: Writer = { kind: 'neighbour', pid: 13, what: 'the writer of ~/.claude-mem/worker.pid' };
  assert.doesNotThrow(() => refuseWriters('memory', [neighbour], 'linux'));
  assert.throws(() => refuseWriters('memory', [neighbour, other], 'linux'), { hint: 'kill 12' });
  assert.throws(() => refuseWriters('memory', [other], 'win32'), { hint: 'taskkill /PID 12' });
});
