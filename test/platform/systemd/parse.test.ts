import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import { merge, readShown } from '../../../src/platform/systemd/observe.ts';
import { listenPort, parseShow, readUnit } from '../../../src/platform/systemd/parse.ts';

const recording = readFileSync(
  join(import.meta.dirname, '../../fixtures/systemctl/systemctl-real-252.txt'),
  'utf8',
);

/** The outputs of `show` in the recording, in order, each with the unit it was asked for. */
const shown = [
  ...recording.matchAll(/^\$ systemctl --user show (\S+) -p LoadState,.*\n((?:[A-Za-z]+=.*\n)+)/gm),
].map(([, unit = '', output = '']) => ({ unit, output }));

function recorded(unit: string, nth = 0) {
  const output = shown.filter((one) => one.unit === `${unit}.service`)[nth]?.output;
  assert.ok(output, `${unit} is in the recording`);
  const read = readUnit(parseShow(output)[0] ?? new Map());
  assert.ok(read);
  return read;
}

test('reads what systemd 252 really printed', () => {
  assert.equal(shown.length, 10);
  const missing = recorded('mem-missing');
  assert.deepEqual(
    [missing.load, missing.process.kind, missing.enabled],
    ['not-found', 'stopped', 'disabled'],
  );
  const running = recorded('mem-ok');
  assert.deepEqual(running.process, { kind: 'running', pid: 18268 });
  assert.deepEqual([running.enabled, running.restarts, running.lastExit], ['enabled', 0, undefined]);
  assert.match(running.fragment, /\/systemd\/user\/mem-ok\.service$/);
  const stopped = recorded('mem-ok', 1);
  assert.equal(stopped.process.kind, 'stopped');
  assert.deepEqual(stopped.lastExit, { kind: 'signal', signal: 'SIGTERM' });
  const killed = recorded('mem-term');
  assert.deepEqual(killed.process, { kind: 'failed', reason: 'killed by SIGKILL' });
  const looping = recorded('mem-loop');
  assert.deepEqual(looping.process, { kind: 'waiting', reason: 'exit 1' });
  const masked = recorded('mem-masked');
  assert.deepEqual([masked.load, masked.enabled], ['masked', 'masked']);
});

test('failures that only show afterwards have a meaning (L04, L07)', () => {
  const of = (unit: string) => {
    const { lastExit } = recorded(unit);
    return lastExit?.kind === 'code' ? [lastExit.code, lastExit.meaning] : undefined;
  };
  assert.deepEqual(of('mem-noexec2'), [
    203,
    'the program is missing, not executable, on a file system mounted noexec, or refused by SELinux',
  ]);
  assert.deepEqual(of('mem-cwd'), [200, 'the working directory cannot be entered']);
  assert.deepEqual(of('mem-78'), [78, 'bad configuration: not retried']);
  assert.deepEqual(of('mem-rel'), [1, undefined]);
});

const pair = (service: string, socket: string) => {
  const block = (id: string, output: string) => `Id=${id}\n${output}`;
  return `${block('memoryd-memory.service', service)}\n${block('memoryd-memory.socket', socket)}`;
};
const output = (unit: string, nth = 0) =>
  shown.filter((one) => one.unit === `${unit}.service`)[nth]?.output ?? '';

test('blocks are matched by id and lines by key, in any order', () => {
  const text = pair(output('mem-ok'), output('mem-ok', 1));
  const turned = text
    .split('\n\n')
    .reverse()
    .map((block) => block.trim().split('\n').reverse().join('\n'))
    .join('\n\n');
  const seen = readShown(turned, 'memory');
  assert.equal(seen.kind === 'shown' && seen.service.process.kind, 'running');
  assert.equal(seen.kind === 'shown' && seen.socket.process.kind, 'stopped');
});

test('garbage and what is cut off are unclear, never a state', () => {
  const text = pair(output('mem-ok'), output('mem-missing'));
  const whole = readShown(text, 'memory');
  fc.assert(
    fc.property(fc.nat(text.length - 1), (length) => {
      const cut = readShown(text.slice(0, length), 'memory');
      // Every property that decides comes before the last one.
      if (cut.kind === 'shown') assert.deepEqual(cut.service, whole.kind === 'shown' && whole.service);
      else assert.equal(cut.words, text.slice(0, length));
    }),
    { numRuns: text.length },
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (noise) => {
      assert.equal(readShown(noise, 'memory').kind, 'unclear');
    }),
  );
});

test('a dead service behind a listening socket waits for a connection', () => {
  const listening = output('mem-ok').replace('SubState=running', 'SubState=listening');
  const seen = readShown(pair(output('mem-ok', 1), listening), 'memory');
  assert.equal(seen.kind, 'shown');
  const view = {
    kind: 'ours',
    path: '/x',
    missing: false,
    enabled: 'enabled',
    dropIns: [] as string[],
  } as const;
  const merged = seen.kind === 'shown' ? merge(view, seen, '/x', 'x') : undefined;
  assert.deepEqual(merged?.kind === 'registered' && merged.process, {
    kind: 'waiting',
    reason: 'starts at the next connection',
  });
});

test('the port of a socket unit', () => {
  const port = (listen: string) => listenPort(new Map([['Listen', listen]]));
  assert.equal(port('127.0.0.1:8700 (Stream)'), 8700);
  assert.equal(port('[::1]:8321 (Stream)'), 8321);
  assert.equal(port('/run/user/1000/x (Stream)'), undefined);
  assert.equal(listenPort(undefined), undefined);
});
