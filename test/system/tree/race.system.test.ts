import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, link, symlink } from 'node:fs/promises';
import { test } from 'node:test';
import { createFixture } from 'fs-fixture';
import { inspectTree } from '../../../src/system/tree/inspect.ts';
import { readTree } from '../../../src/system/tree/read.ts';
import type { TreeRecord } from '../../../src/system/tree/record.ts';
import { decodeTar } from '../../../src/system/tree/tar.ts';
import { writeTree } from '../../../src/system/tree/write.ts';
import { until } from '../../support/until.ts';

const unix = { skip: process.platform === 'win32' && 'links of Unix' };
const asRoot = { skip: process.getuid?.() !== 0 && 'needs root, to give a file away' };

/** Swaps a file and a directory for links to a secret, over and over, in a process of its own. */
const swapper = `
const fs = require('node:fs');
const [, from, secret] = process.argv;
process.chdir(from);
fs.writeFileSync('../ready', '');
for (;;) {
  try {
    fs.symlinkSync(secret + '/key', 'l'); fs.renameSync('l', 'd/file');
    fs.writeFileSync('f', 'mine'); fs.renameSync('f', 'd/file');
    fs.renameSync('d', 'away'); fs.symlinkSync(secret, 'd');
    fs.unlinkSync('d'); fs.renameSync('away', 'd');
  } catch { process.exit(1); }
}`;

test('a loop that swaps files and links while a tree is read gets nothing from outside', unix, async () => {
  await using fixture = await createFixture({
    'from/d/file': 'mine',
    'from/d/key': 'mine',
    'secret/key': 'the-secret',
    'secret/file': 'the-secret',
  });
  const from = fixture.getPath('from');
  const child = spawn(process.execPath, ['-e', swapper, from, fixture.getPath('secret')], {
    stdio: 'ignore',
  });
  const gone = once(child, 'exit');
  try {
    await until('it swaps', () => fixture.exists('ready'));
    let [read, refused] = [0, 0];
    const end = performance.now() + 3000;
    while (performance.now() < end) {
      try {
        for await (const record of readTree(from)) {
          if (record.kind === 'data') assert.notEqual(Buffer.from(record.bytes).toString(), 'the-secret');
        }
        read += 1;
      } catch (error) {
        assert.notEqual((error as Error).name, 'AssertionError', (error as Error).message);
        refused += 1;
      }
    }
    assert.equal(child.exitCode, null, 'it swapped all the time');
    assert.ok(read > 0 && refused > 0, `${read} read, ${refused} refused`);
  } finally {
    child.kill('SIGKILL');
    await gone;
  }
});

test("another account's file under a second name is refused by name", asRoot, async () => {
  await using fixture = await createFixture({ 'from/a': 'a', secret: 's' });
  await chown(fixture.getPath('from'), 4321, 4321);
  await chown(fixture.getPath('from/a'), 4321, 4321);
  await link(fixture.getPath('secret'), fixture.getPath('from/b'));
  assert.deepEqual((await inspectTree(fixture.getPath('from'))).borrowed, ['b']);
  await assert.rejects(async () => {
    for await (const _ of readTree(fixture.getPath('from')));
  }, /b is another account's file under a second name/);
});

test('a link of two that climbs through the other is refused', unix, async () => {
  await using fixture = await createFixture({ 'from/a': 'a' });
  await symlink('.', fixture.getPath('from/here'));
  await symlink('here/..', fixture.getPath('from/up'));
  assert.deepEqual((await inspectTree(fixture.getPath('from'))).outward, ['up']);
});

test('nothing is written through a link, whoever sends it', unix, async () => {
  await using fixture = await createFixture({ 'elsewhere/a': 'a' });
  async function* hostile(): AsyncGenerator<TreeRecord> {
    yield { kind: 'directory', name: '', mtime: '0' };
    yield { kind: 'link', name: 'out', target: '../elsewhere' };
    yield { kind: 'file', name: 'out/b', mode: 0o600, mtime: '0', size: 0 };
  }
  await assert.rejects(writeTree(fixture.getPath('to'), hostile()), /out\/b is not a valid name in it/);
  assert.deepEqual(await fixture.readdir('elsewhere'), ['a']);
});

/** A header as tar writes it, with a checksum. */
function header(name: string, type: string, linkTo = '', size = 0): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write('0000644\0', 100);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write(' '.repeat(8), 148);
  block.write(type, 156);
  block.write(linkTo, 157);
  block.write('ustar\x0000', 257);
  block.write(
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  );
  return block;
}

test('an archive with an entry that is none of a tree is refused by its name', async () => {
  const cases: [Buffer, RegExp][] = [
    [header('./dev', '3'), /dev is a device/],
    [header('./hard', '1', './a'), /hard is a second name of a/],
    [header('./out', '2', '/etc/shadow'), /out leads out of it, to \/etc\/shadow/],
    [header('./odd', 'S'), /odd is an entry of the type "S"/],
    [Buffer.alloc(512, 1), /no archive/],
  ];
  for (const [block, why] of cases) {
    async function* sent() {
      yield Buffer.concat([header('./', '5'), block, Buffer.alloc(1024)]);
    }
    await assert.rejects(async () => {
      for await (const _ of decodeTar(sent(), '/root/data', false));
    }, why);
  }
});

test('an archive without its seal is not whole: the tar that wrote it failed', async () => {
  const end = Buffer.alloc(10_240);
  for (const [tail, whole] of [
    ['memoryd: complete\n', true],
    ['', false],
    ['memoryd: complete', false],
  ] as const) {
    async function* sent() {
      yield header('./', '5');
      yield end;
      yield Buffer.from(tail);
    }
    const kinds = async () => {
      const all: string[] = [];
      for await (const { kind } of decodeTar(sent(), '/root/data', true)) all.push(kind);
      return all;
    };
    if (whole) assert.deepEqual(await kinds(), ['directory', 'done']);
    else await assert.rejects(kinds(), /did not come to its end/);
  }
});
