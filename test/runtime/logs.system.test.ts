import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { createFixture } from 'fs-fixture';
import { dayOf, logFileName, sortLogNames } from '../../src/runtime/logs/names.ts';
import { LogPacker } from '../../src/runtime/logs/packer.ts';
import { followLog, readLog } from '../../src/runtime/logs/reader.ts';
import { expiredLogs, type LogPolicy, logPolicy } from '../../src/runtime/logs/retention.ts';
import { LogWriter } from '../../src/runtime/logs/writer.ts';
import { systemClock } from '../../src/system/clock.ts';
import { systemFiles } from '../../src/system/files.ts';
import { HostHome } from '../support/host-home.ts';
import { until } from '../support/until.ts';

function clockAt(start: string) {
  const clock = { ...systemClock, time: new Date(start), now: () => clock.time };
  return clock;
}

async function logsHere(policy: Partial<LogPolicy> = {}) {
  const fixture = await createFixture();
  const directory = fixture.getPath('logs');
  const clock = clockAt('2026-03-01T12:00:00.000Z');
  const writer = new LogWriter(directory, 's', { ...logPolicy(), ...policy }, clock);
  const names = () => readdirSync(directory).sort();
  const query = { directory, service: 's' };
  return {
    directory,
    clock,
    writer,
    names,
    query,
    async [Symbol.asyncDispose]() {
      writer.close();
      await fixture.rm();
    },
  };
}

const system = { files: systemFiles, clock: systemClock };
const eventsOf = (lines: string[]) => lines.map((line) => (JSON.parse(line) as { event: string }).event);

describe('log names', () => {
  it('sort by day and sequence, whatever else lies there', () => {
    const files = ['s-2026-01-02.log', 's-2026-01-01.10.log', 's-2026-01-01.2.log', 's-2026-01-01.log'];
    const strangers = [
      's.log',
      's-2026-01-01.log.bak',
      's-b-2026-01-01.log',
      't-2026-01-01.log',
      'stderr.txt',
    ];
    assert.deepEqual(
      sortLogNames('s', [...files, ...strangers]).map(({ file }) => file),
      files.toReversed(),
    );
  });

  it('read back as they were made', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), (sequence) => {
        const [name] = sortLogNames('a-b', [logFileName('a-b', '2026-01-01', sequence)]);
        return name?.sequence === sequence && name.day === '2026-01-01';
      }),
    );
  });
});

describe('retention', () => {
  it('keeps the newest file, all recent days and no more bytes than it may', () => {
    const day = fc
      .nat(40)
      .map((ago) => new Date(Date.UTC(2026, 5, 30) - ago * 86_400_000).toISOString().slice(0, 10));
    const log = fc.record({ day, sequence: fc.nat(3), bytes: fc.nat(100) });
    fc.assert(
      fc.property(
        fc.array(log),
        fc.integer({ min: 1, max: 30 }),
        fc.nat(500),
        (logs, keepDays, keepTotalBytes) => {
          const files = logs.map(({ day: of, sequence }) => logFileName('s', of, sequence));
          const sorted = sortLogNames('s', [...new Set(files)]).map((name) => ({
            ...name,
            bytes: logs[files.indexOf(name.file)]?.bytes ?? 0,
          }));
          const gone = expiredLogs(sorted, { keepDays, keepTotalBytes }, '2026-06-30');
          const kept = sorted.slice(gone.length);
          assert.deepEqual(
            gone,
            sorted.slice(0, gone.length).map(({ file }) => file),
            'the oldest go first',
          );
          if (sorted.length > 0) assert.ok(kept.length > 0, 'the newest stays');
          const older = kept.slice(0, -1);
          const oldest = new Date(Date.UTC(2026, 5, 30) - (keepDays - 1) * 86_400_000)
            .toISOString()
            .slice(0, 10);
          assert.ok(older.every(({ day: of }) => of >= oldest));
          const total = kept.reduce((sum, { bytes }) => sum + bytes, 0);
          assert.ok(older.length === 0 || total <= keepTotalBytes);
        },
      ),
    );
  });
});

describe('a log writer', () => {
  it('writes JSON lines into a file of the day, for this user alone', async () => {
    await using here = await logsHere();
    here.writer.write('a.b', { n: 1 });
    const file = join(here.directory, 's-2026-03-01.log');
    assert.equal(readFileSync(file, 'utf8'), '{"time":"2026-03-01T12:00:00.000Z","event":"a.b","n":1}\n');
    if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o077, 0);
  });

  it('takes a new file when the day or the size says so, and never renames one', async () => {
    await using here = await logsHere({ maxFileBytes: 200 });
    for (let i = 0; i < 7; i += 1) here.writer.write('event', { i });
    here.clock.time = new Date('2026-03-02T00:00:00.000Z');
    here.writer.write('tomorrow');
    assert.deepEqual(here.names(), [
      's-2026-03-01.1.log',
      's-2026-03-01.2.log',
      's-2026-03-01.log',
      's-2026-03-02.log',
    ]);
    assert.equal(readFileSync(join(here.directory, 's-2026-03-01.log'), 'utf8').split('\n').length, 4);
    assert.equal((await readLog(systemFiles, here.query)).length, 8);
  });

  it('goes on in the last file when it comes back', async () => {
    await using here = await logsHere({ maxFileBytes: 200 });
    for (let i = 0; i < 4; i += 1) here.writer.write('event', { i });
    const second = new LogWriter(here.directory, 's', { ...logPolicy(), maxFileBytes: 200 }, here.clock);
    second.write('again');
    second.close();
    assert.deepEqual(here.names(), ['s-2026-03-01.1.log', 's-2026-03-01.log']);
  });

  it('shares its files with another writer', async () => {
    await using here = await logsHere({ maxFileBytes: 300 });
    const other = new LogWriter(here.directory, 's', { ...logPolicy(), maxFileBytes: 300 }, here.clock);
    for (let i = 0; i < 10; i += 1) (i % 2 ? other : here.writer).write('event', { i });
    other.close();
    assert.equal((await readLog(systemFiles, here.query)).length, 10);
    const sizes = here.names().map((file) => statSync(join(here.directory, file)).size);
    assert.ok(
      sizes.every((size) => size <= 300),
      sizes.join(),
    );
  });

  it('drops what is too old or too much (M11)', async () => {
    await using here = await logsHere({ keepDays: 2 });
    mkdirSync(here.directory);
    for (const day of ['2026-01-01', '2026-02-27', '2026-02-28']) {
      writeFileSync(join(here.directory, `s-${day}.log`), 'x\n');
    }
    writeFileSync(join(here.directory, 'other-2026-01-01.log'), 'x\n');
    here.writer.write('event');
    assert.deepEqual(here.names(), ['other-2026-01-01.log', 's-2026-02-28.log', 's-2026-03-01.log']);
  });

  it('goes on when its directory is taken away', async () => {
    await using here = await logsHere();
    here.writer.write('before');
    rmSync(here.directory, { recursive: true });
    here.writer.write('after');
    assert.deepEqual(eventsOf(await readLog(systemFiles, here.query)), ['after']);
  });

  it('counts what it cannot write, and says so once it can', async () => {
    await using here = await logsHere();
    writeFileSync(here.directory, 'in the way');
    here.writer.write('lost');
    here.writer.write('lost');
    assert.equal(here.writer.dropped, 2);
    rmSync(here.directory);
    here.writer.write('kept');
    const lines = await readLog(systemFiles, here.query);
    assert.deepEqual(eventsOf(lines), ['log.dropped', 'kept']);
    assert.equal(JSON.parse(lines[0] ?? '').lines, 2);
    assert.equal(here.writer.dropped, 2);
  });
});

describe('a log packer', () => {
  /** One to which everything was written `later` ms ago. */
  function packerOf(here: Awaited<ReturnType<typeof logsHere>>, later = 120_000) {
    const errors: string[] = [];
    const packer = new LogPacker(
      here.directory,
      's',
      { ...systemClock, now: () => new Date(Date.now() + later) },
      (event, fields) => errors.push(`${event} ${fields?.why}`),
    );
    return { packer, errors };
  }
  const isPacked = (file: string) => file.endsWith('.log.gz');

  it('packs what is full, and every line can still be read and followed', async () => {
    await using here = await logsHere({ maxFileBytes: 200 });
    for (let i = 0; i < 10; i += 1) here.writer.write('event', { i });
    const before = await readLog(systemFiles, here.query);
    const count = here.names().length;
    const stop = new AbortController();
    const following = followLog(system, here.query, stop.signal);
    const first = await following.next();
    const { packer, errors } = packerOf(here);
    packer.pack();
    await until('all but the newest are packed', () => here.names().filter(isPacked).length === count - 1);
    await until('the originals are gone', () => here.names().length === count);
    assert.deepEqual(await readLog(systemFiles, here.query), before);
    assert.deepEqual(await readLog(systemFiles, { ...here.query, lines: 5 }), before.slice(-5));
    const followed = [first.value];
    for (let i = 1; i < before.length; i += 1) followed.push((await following.next()).value);
    stop.abort();
    assert.deepEqual(followed, before);
    if (process.platform !== 'win32') {
      for (const file of here.names()) assert.equal(statSync(join(here.directory, file)).mode & 0o077, 0);
    }
    assert.deepEqual(errors, []);
  });

  it('loses no follower that is still reading what it packs', async () => {
    await using here = await logsHere({ maxFileBytes: 200 });
    here.writer.write('e0');
    const stop = new AbortController();
    const following = followLog(system, here.query, stop.signal);
    assert.match((await following.next()).value as string, /"e0"/);
    for (let i = 1; i < 10; i += 1) here.writer.write(`e${i}`);
    const { packer } = packerOf(here);
    packer.pack();
    await until('it is packed', () => here.names().includes('s-2026-03-01.log.gz'));
    const rest: string[] = [];
    for (let i = 1; i < 10; i += 1) rest.push((await following.next()).value as string);
    stop.abort();
    assert.deepEqual(
      eventsOf(rest),
      Array.from({ length: 9 }, (_, i) => `e${i + 1}`),
    );
  });

  it('leaves alone what was written to a moment ago', async () => {
    await using here = await logsHere({ maxFileBytes: 200 });
    for (let i = 0; i < 10; i += 1) here.writer.write('event', { i });
    const before = here.names();
    writeFileSync(join(here.directory, 's-2026-01-01.log.gz.part'), 'cut off');
    const { packer } = packerOf(here, 0);
    packer.pack();
    await until('it has been there', () => here.names().every((file) => !file.endsWith('.part')));
    assert.deepEqual(here.names(), before);
  });

  it('shows no line twice, and begins anew, when it was cut off between packing and removing', async () => {
    await using here = await logsHere({ maxFileBytes: 200 });
    for (let i = 0; i < 5; i += 1) here.writer.write('event', { i });
    const before = await readLog(systemFiles, here.query);
    writeFileSync(join(here.directory, 's-2026-03-01.log.gz'), 'half of it');
    assert.deepEqual(await readLog(systemFiles, here.query), before);
    const { packer } = packerOf(here);
    packer.pack();
    await until('the original is gone', () => !here.names().includes('s-2026-03-01.log'));
    assert.deepEqual(await readLog(systemFiles, here.query), before);
  });

  it('is reckoned with by whoever writes next, and by retention (M11)', async () => {
    await using here = await logsHere({ maxFileBytes: 200, keepDays: 2 });
    here.writer.close();
    mkdirSync(here.directory);
    for (const file of ['s-2026-02-01.log.gz', 's-2026-02-28.3.log.gz', 's-2026-03-01.4.log.gz'])
      writeFileSync(join(here.directory, file), gzipSync('{"event":"old"}\n'));
    here.writer.write('new');
    assert.deepEqual(here.names(), ['s-2026-02-28.3.log.gz', 's-2026-03-01.4.log.gz', 's-2026-03-01.5.log']);
    assert.deepEqual(eventsOf(await readLog(systemFiles, here.query)), ['old', 'old', 'new']);
    writeFileSync(join(here.directory, 's-2026-02-28.3.log.gz'), 'not gzip');
    await assert.rejects(readLog(systemFiles, here.query), { kind: 'failed', message: /02-28\.3\.log\.gz/ });
    assert.deepEqual(eventsOf(await readLog(systemFiles, { ...here.query, lines: 2 })), ['old', 'new']);
  });
});

it('a host packs what was full before it started, when its definition says so', async () => {
  await using home = await HostHome.create({ logs: { compress: true } });
  mkdirSync(home.paths.logs, { recursive: true });
  const old = join(home.paths.logs, `${home.service}-${dayOf(new Date())}.log`);
  writeFileSync(old, '{"event":"old"}\n');
  utimesSync(old, 0, 0);
  writeFileSync(old.replace('.log', '.1.log'), '{"event":"newer"}\n');
  home.spawn();
  await home.ready();
  await until('it is packed', () => existsSync(`${old}.gz`) && !existsSync(old));
  const lines = await readLog(systemFiles, { directory: home.paths.logs, service: home.service });
  assert.deepEqual(eventsOf(lines).slice(0, 3), ['old', 'newer', 'host.starting']);
});

describe('two writers', () => {
  it('both go on in the newest file, so that who follows sees every line in its turn', async () => {
    await using here = await logsHere({ maxFileBytes: 200 });
    const other = new LogWriter(here.directory, 's', { ...logPolicy(), maxFileBytes: 200 }, here.clock);
    other.write('small');
    here.writer.write('big', { text: 'x'.repeat(150) });
    other.write('small');
    other.close();
    const last = await readLog(systemFiles, { ...here.query, lines: 2 });
    assert.deepEqual(eventsOf(last), ['big', 'small']);
  });
});

describe('a full disk', { skip: process.platform === 'linux' ? false : 'needs /dev/full' }, () => {
  it('costs lines and nothing else', async () => {
    await using here = await logsHere();
    const { symlinkSync } = await import('node:fs');
    mkdirSync(here.directory);
    symlinkSync('/dev/full', join(here.directory, 's-2026-03-01.log'));
    here.writer.write('lost');
    here.writer.write('lost');
    assert.equal(here.writer.dropped, 2);
    rmSync(join(here.directory, 's-2026-03-01.log'));
    here.writer.write('kept');
    assert.deepEqual(eventsOf(await readLog(systemFiles, here.query)), ['log.dropped', 'kept']);
  });
});

describe('a log reader', () => {
  it('gives the last lines over files, and those since a time', async () => {
    await using here = await logsHere({ maxFileBytes: 200 });
    for (let i = 0; i < 12; i += 1) {
      here.clock.time = new Date(Date.UTC(2026, 2, 1, 18 + i));
      here.writer.write(`e${i}`);
    }
    const events = async (more: object) => eventsOf(await readLog(systemFiles, { ...here.query, ...more }));
    assert.deepEqual(await events({ lines: 2 }), ['e10', 'e11']);
    assert.deepEqual(await events({ lines: 0 }), []);
    assert.equal((await events({ lines: 100 })).length, 12);
    assert.deepEqual(await events({ since: new Date(Date.UTC(2026, 2, 2, 3)) }), ['e9', 'e10', 'e11']);
    assert.deepEqual(await events({ since: new Date(Date.UTC(2026, 2, 2, 3)), lines: 1 }), ['e11']);
    assert.deepEqual(await events({ since: new Date(Date.UTC(2027, 0, 1)) }), []);
  });

  it('finds nothing where nothing was ever logged', async () => {
    await using here = await logsHere();
    assert.deepEqual(await readLog(systemFiles, here.query), []);
  });

  it('follows over rotations, new days and lines that come in pieces', async () => {
    await using here = await logsHere({ maxFileBytes: 200 });
    for (let i = 0; i < 4; i += 1) here.writer.write(`e${i}`);
    const stop = new AbortController();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const line of followLog(system, { ...here.query, lines: 1 }, stop.signal)) seen.push(line);
    })();
    await until('it has the tail', () => seen.length === 1);
    for (let i = 4; i < 12; i += 1) here.writer.write(`e${i}`);
    await until('it has followed', () => seen.length === 9);
    here.clock.time = new Date('2026-03-02T00:00:01.000Z');
    here.writer.write('e12');
    await until('it has the new day', () => seen.length === 10);
    const file = join(here.directory, 's-2026-03-02.log');
    appendFileSync(file, '{"time":"2026-03-02T00:00:02.000Z","eve');
    here.clock.time = new Date('2026-03-02T00:00:03.000Z');
    appendFileSync(file, 'nt":"e13"}\n');
    await until('it has the whole line', () => seen.length === 11);
    stop.abort();
    await reading;
    assert.deepEqual(
      eventsOf(seen),
      Array.from({ length: 11 }, (_, i) => `e${i + 3}`),
    );
  });

  it('follows from the end when no lines are wanted', async () => {
    await using here = await logsHere();
    here.writer.write('old');
    const stop = new AbortController();
    const lines = followLog(system, { ...here.query, lines: 0 }, stop.signal);
    const next = lines.next();
    const writing = setInterval(() => here.writer.write('new'), 20);
    const { value } = await next;
    clearInterval(writing);
    stop.abort();
    assert.deepEqual(eventsOf([String(value)]), ['new']);
  });
});
