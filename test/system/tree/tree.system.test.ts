import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import crypto, { createHash, randomBytes } from 'node:crypto';
import {
  chmod,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { createFixture } from 'fs-fixture';
import { treeReader } from '../../../src/legacy/read-as.ts';
import { inspectTree } from '../../../src/system/tree/inspect.ts';
import { changesSince, checksumFile } from '../../../src/system/tree/manifest.ts';
import { readTree } from '../../../src/system/tree/read.ts';
import { chunkBytes, type TreeRecord } from '../../../src/system/tree/record.ts';
import { decodeTar, seal } from '../../../src/system/tree/tar.ts';
import { writeTree } from '../../../src/system/tree/write.ts';
import { quickPlace } from '../../support/memories.ts';

const unix = { skip: process.platform === 'win32' && 'names, modes and links of Unix' };
const asUser = { skip: process.getuid?.() === 0 && 'root may read everything' };

/** The tree as root's part of a migration sends it: what the system's tar writes, in pieces of any size. */
function overTar(from: string, piece: number): AsyncGenerator<TreeRecord> {
  const [program, ...args] = treeReader('linux', 'root', from).argv;
  const archive = execFileSync(program, args, { env: { ...process.env, LC_ALL: 'C' }, maxBuffer: 1 << 27 });
  return decodeTar(inPieces(Buffer.concat([archive, Buffer.from(`${seal}\n`)]), piece), from, true);
}

async function* inPieces(bytes: Buffer, piece: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
}

const copy = (from: string, to: string) => writeTree(to, readTree(from));

/** What becomes of a mode in a copy: only the owner's own right to run it is left. */
const closed = (mode: number): number => 0o600 | (mode & 0o100);

/** Every entry of a tree by the bytes of its name, with all that must survive a copy; of an original, the modes it gets. */
async function shape(
  root: Buffer,
  original = false,
  below = Buffer.alloc(0),
): Promise<Record<string, unknown>> {
  const all: Record<string, unknown> = {};
  const path = below.length === 0 ? root : Buffer.concat([root, Buffer.from('/'), below]);
  const stats = await lstat(path);
  const mode = original ? (stats.isDirectory() ? 0o700 : closed(stats.mode)) : stats.mode & 0o777;
  const about = { mode: mode.toString(8), mtime: Math.round(stats.mtimeMs) };
  const key = below.toString('latin1');
  if (stats.isSymbolicLink()) all[key] = { link: await readlink(path) };
  else if (stats.isFile())
    all[key] = {
      ...about,
      hash: createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
    };
  else {
    all[key] = about;
    for (const name of await readdir(path, { encoding: 'buffer' })) {
      Object.assign(
        all,
        await shape(
          root,
          original,
          below.length === 0 ? name : Buffer.concat([below, Buffer.from('/'), name]),
        ),
      );
    }
  }
  return all;
}

test(
  'a copy has the bytes, times, links and names of the original, whatever the names, and is closed to everybody else',
  unix,
  async () => {
    await using fixture = await createFixture({});
    const from = fixture.getPath('from');
    await mkdir(join(from, 'deep', 'empty'), { recursive: true });
    const names = ['a\nb', 'c\\d', ' ', '-rf', 'ünïcode', '"q"', '%s', '$HOME'].map((name) =>
      Buffer.from(name),
    );
    names.push(Buffer.from([0x66, 0xff, 0xfe, 0x6f]));
    for (const [i, name] of names.entries()) {
      const path = Buffer.concat([Buffer.from(`${from}/deep/`), name]);
      await writeFile(path, randomBytes(i * 700_001), {
        mode: [0o600, 0o644, 0o440, 0o755][i % 4] as number,
      });
      await utimes(path, 1_600_000_000 + i, 1_600_000_000.123_456 + i);
    }
    await symlink('deep/c\\d', join(from, 'inside'));
    await symlink(join(from, 'deep'), join(from, 'absolute'));
    await symlink('nowhere', join(from, 'dangling'));
    await chmod(join(from, 'deep', 'empty'), 0o500);
    await utimes(join(from, 'deep'), 1_500_000_000, 1_500_000_000);
    const to = fixture.getPath('to');
    const manifest = await writeTree(to, overTar(from, 4093));
    const [before, after] = [await shape(Buffer.from(from), true), await shape(Buffer.from(to))];
    assert.deepEqual(after, { ...before, absolute: { link: 'deep' } });
    assert.deepEqual(await changesSince(to, manifest), []);
    await writeFile(join(fixture.path, 'sums'), checksumFile(manifest));
    execFileSync('sha256sum', ['--quiet', '--strict', '--check', '../sums'], { cwd: to, stdio: 'inherit' });
  },
);

test('any tree of files survives the wire in any pieces', unix, async () => {
  const name = fc.stringMatching(/^[a-z\n "\\]{1,8}$/);
  const content = fc.uint8Array({ maxLength: 300 });
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(name, content, { maxKeys: 5 }),
      fc.integer({ min: 1, max: 50 }),
      async (files, piece) => {
        await using fixture = await createFixture({});
        const from = fixture.getPath('from');
        await mkdir(from);
        for (const [file, bytes] of Object.entries(files)) await writeFile(join(from, file), bytes);
        await writeTree(fixture.getPath('to'), overTar(from, piece));
        assert.deepEqual(
          await shape(Buffer.from(fixture.getPath('to'))),
          await shape(Buffer.from(from), true),
        );
      },
    ),
    { numRuns: 25 },
  );
});

test('a link that leads out of the tree is refused, and said before anything is copied', unix, async () => {
  await using fixture = await createFixture({ 'from/a': 'a', 'elsewhere/b': 'b', 'from-2/c': 'c' });
  for (const target of ['../elsewhere', '/etc', fixture.getPath('from-2'), 'x/../../elsewhere']) {
    const link = fixture.getPath('from/link');
    await symlink(target, link);
    assert.deepEqual((await inspectTree(fixture.getPath('from'))).outward, ['link']);
    await assert.rejects(copy(fixture.getPath('from'), fixture.getPath('to')), /link leads out of it/);
    await fixture.rm('from/link');
    await fixture.rm('to');
  }
});

test('sockets and pipes hold nothing: they are left out and named', unix, async (t) => {
  await using fixture = await createFixture({ 'from/a': 'a' });
  const server = createServer().listen(fixture.getPath('from/live.sock'));
  t.after(() => server.close());
  execFileSync('mkfifo', [fixture.getPath('from/pipe')]);
  const manifest = await copy(fixture.getPath('from'), fixture.getPath('to'));
  assert.deepEqual(manifest.skipped, ['live.sock', 'pipe']);
  assert.deepEqual(await readdir(fixture.getPath('to')), ['a']);
  assert.deepEqual((await inspectTree(fixture.getPath('from'))).empty, ['live.sock', 'pipe']);
});

test('a file that may not be read ends the copy with its name', { ...unix, ...asUser }, async () => {
  await using fixture = await createFixture({ 'from/a': 'a', 'from/secret': 's' });
  await chmod(fixture.getPath('from/secret'), 0);
  assert.deepEqual((await inspectTree(fixture.getPath('from'))).unreadable, ['secret']);
  await assert.rejects(copy(fixture.getPath('from'), fixture.getPath('to')), /secret cannot be read/);
});

test('a file that somebody still writes ends the copy', async () => {
  await using fixture = await createFixture({ 'from/log': Buffer.alloc(3_000_000, 1) });
  async function* meddled() {
    let met = false;
    for await (const record of readTree(fixture.getPath('from'))) {
      if (record.kind === 'data' && !met) {
        met = true;
        await writeFile(fixture.getPath('from/log'), 'more', { flag: 'a' });
      }
      yield record;
    }
  }
  await assert.rejects(writeTree(fixture.getPath('to'), meddled()), /log changed while it was read/);
});

/** SHA-256 of gigabytes of zeros takes most of a minute. Every byte is read all the same; a megabyte of zeros counts as a word. */
function hashZerosQuickly(t: TestContext): void {
  const zeros = Buffer.alloc(chunkBytes);
  const real = crypto.createHash;
  t.mock.method(crypto, 'createHash', (algorithm: string) => {
    const hash = real(algorithm);
    const update = hash.update.bind(hash);
    return Object.assign(hash, {
      update: (bytes: Buffer) => update(bytes.equals(zeros) ? 'a megabyte of zeros' : bytes),
    });
  });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
}

test('a sparse file of 4 GB stays sparse and equal', unix, async (t) => {
  hashZerosQuickly(t);
  await using fixture = await createFixture({ 'from/x': '' }, { tempDir: quickPlace });
  const size = 4 * 1024 ** 3;
  const file = await open(fixture.getPath('from/big'), 'w');
  await file.truncate(size);
  await file.write('in the middle', size / 2 + 5);
  await file.close();
  const manifest = await copy(fixture.getPath('from'), fixture.getPath('to'));
  const stats = await lstat(fixture.getPath('to/big'));
  assert.equal(stats.size, size);
  assert.ok(stats.blocks * 512 < 16 * 1024 ** 2, `${stats.blocks * 512} bytes on disk`);
  assert.equal(manifest.entries.find(({ name }) => name === 'big')?.kind, 'file');
  const copied = await open(fixture.getPath('to/big'));
  const { buffer } = await copied.read(Buffer.alloc(20), 0, 20, size / 2);
  await copied.close();
  assert.equal(buffer.toString(), '\0\0\0\0\0in the middle\0\0');
});

test('what was sent only in part is not a tree', async () => {
  await using fixture = await createFixture({ 'from/a': 'aaaa', 'from/b': 'b' });
  const all: TreeRecord[] = [];
  for await (const record of readTree(fixture.getPath('from'))) all.push(record);
  for (let count = 0; count < all.length; count += 1) {
    async function* some() {
      yield* all.slice(0, count);
    }
    await assert.rejects(writeTree(fixture.getPath(`to-${count}`), some()), /ended early/);
  }
});

test('a name that climbs out is not written, whoever sends it', async () => {
  await using fixture = await createFixture({});
  for (const [i, name] of ['../x', 'a/../../x', '/x', 'a//b', '.'].entries()) {
    async function* hostile(): AsyncGenerator<TreeRecord> {
      yield { kind: 'directory', name: '', mtime: '0' };
      yield { kind: 'directory', name, mtime: '0' };
    }
    await assert.rejects(writeTree(fixture.getPath(`to-${i}`), hostile()), /is not a valid name in it/, name);
  }
});

test('what changed after a copy is named', unix, async () => {
  await using fixture = await createFixture({ 'from/a': 'a', 'from/d/b': 'b', 'from/gone': 'g' });
  // A second write may come within the clock tick of the first.
  await utimes(fixture.getPath('from/a'), 1_600_000_000, 1_600_000_000);
  const manifest = await copy(fixture.getPath('from'), fixture.getPath('to'));
  await writeFile(fixture.getPath('to/a'), 'A');
  await writeFile(fixture.getPath('to/d/new'), 'n');
  await fixture.rm('to/gone');
  assert.deepEqual((await changesSince(fixture.getPath('to'), manifest)).toSorted(), ['a', 'd/new', 'gone']);
});

const canMount = () => spawnSync('unshare', ['-m', 'true']).status === 0;

test('a disk that is full in the middle is an error, not half a copy', {
  skip: process.platform !== 'linux' || !canMount() ? 'needs a file system of its own' : false,
}, async () => {
  await using fixture = await createFixture({
    'from/a': randomBytes(900_000),
    'from/b': randomBytes(900_000),
    small: {},
  });
  const small = fixture.getPath('small');
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small]);
  try {
    await assert.rejects(copy(fixture.getPath('from'), join(small, 'to')), /ENOSPC/);
  } finally {
    execFileSync('umount', [small]);
  }
});
