import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createFixture } from 'fs-fixture';
import { systemFiles as files } from '../../src/system/files.ts';

test('absent, readable and unreadable are three answers', async () => {
  await using fixture = await createFixture({ file: 'text', 'directory/x': '' });
  assert.deepEqual(await files.read(fixture.getPath('none')), { kind: 'absent' });
  assert.deepEqual(await files.read(fixture.getPath('file/below')), { kind: 'absent' });
  const read = await files.read(fixture.getPath('file'));
  assert.equal(read.kind === 'content' && read.text, 'text');
  assert.equal((await files.read(fixture.getPath('directory'))).kind, 'unreadable');
});

test('X05 a pipe in place of a file is no reason to wait', {
  skip: process.platform === 'win32' && 'needs mkfifo',
}, async () => {
  await using fixture = await createFixture({});
  execFileSync('mkfifo', [fixture.getPath('pipe')]);
  const read = await files.read(fixture.getPath('pipe'));
  assert.equal(read.kind === 'content' && read.text, '');
});

test('a link is told apart from what it points to', async () => {
  await using fixture = await createFixture({ file: 'text' });
  symlinkSync('file', fixture.getPath('link'));
  const seen = await files.inspect(fixture.getPath('link'));
  assert.equal(seen.kind === 'link' && seen.target, 'file');
});

test('a file is written with its mode, whatever it had before, and parents are private', async () => {
  await using fixture = await createFixture({ file: 'before' });
  chmodSync(fixture.getPath('file'), 0o666);
  await files.write(fixture.getPath('file'), 'after', 0o600);
  await files.write(fixture.getPath('a/b/c'), 'new', 0o644);
  assert.equal(statSync(fixture.getPath('file')).mode & 0o777, 0o600);
  assert.equal(statSync(fixture.getPath('a/b/c')).mode & 0o777, 0o644);
  assert.equal(statSync(fixture.getPath('a')).mode & 0o777, 0o700);
});

test('a file that cannot be written whole is left as it was, and nothing beside it', async () => {
  await using fixture = await createFixture({ file: 'before' });
  const { aside, replaceFile } = await import('../../src/system/replace-file.ts');
  const [path, temporary] = [fixture.getPath('file'), fixture.getPath('half')];
  const full = replaceFile(aside, temporary, path, (file) => {
    writeSync(file, 'half');
    throw new Error('the disk is full');
  });
  await assert.rejects(full, /the disk is full/);
  const directory = fixture.getPath('directory');
  mkdirSync(directory);
  await assert.rejects(files.write(directory, 'text', 0o600));
  await assert.rejects(files.write(fixture.getPath('file/below'), 'text', 0o600));
  assert.deepEqual(readdirSync(fixture.path).sort(), ['directory', 'file']);
  assert.equal(readFileSync(path, 'utf8'), 'before');
});

const canMount = () => process.platform === 'linux' && spawnSync('unshare', ['-m', 'true']).status === 0;

test('a disk that takes only half of it takes nothing, and what was there stays', {
  skip: canMount() ? false : 'needs a file system of its own',
}, async () => {
  await using fixture = await createFixture({ small: {} });
  const small = fixture.getPath('small');
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small]);
  try {
    await files.write(join(small, 'file'), 'before', 0o600);
    await assert.rejects(files.write(join(small, 'file'), 'x'.repeat(100_000), 0o600), { code: 'ENOSPC' });
    assert.deepEqual(readdirSync(small), ['file']);
    assert.equal(readFileSync(join(small, 'file'), 'utf8'), 'before');
  } finally {
    execFileSync('umount', [small]);
  }
});

test('writes of one file come out in the order they were asked for, and readers see only whole ones', async () => {
  await using fixture = await createFixture({ 'directory/file': 'x'.repeat(1 << 20) });
  const path = fixture.getPath('directory/file');
  let over = false;
  const reading = (async () => {
    for (; !over; await new Promise(setImmediate)) {
      const text = readFileSync(path, 'utf8');
      assert.equal(text.length, 1 << 20);
      assert.equal(text, text.charAt(0).repeat(1 << 20));
    }
  })();
  // Those that last take longer than those that do not.
  const writes = [...'abcdefgh'].map((letter, index) =>
    files.write(path, letter.repeat(1 << 20), 0o600, index % 2 === 0),
  );
  await Promise.all(writes);
  over = true;
  await reading;
  assert.equal(readFileSync(path, 'utf8').charAt(0), 'h');
  assert.deepEqual(readdirSync(fixture.getPath('directory')), ['file']);
});

test('what a link leads to is written, and it stays a link', async () => {
  await using fixture = await createFixture({ 'real/file': 'before' });
  symlinkSync('real/file', fixture.getPath('link'));
  await files.write(fixture.getPath('link'), 'after', 0o640);
  assert.equal(readFileSync(fixture.getPath('real/file'), 'utf8'), 'after');
  assert.equal(statSync(fixture.getPath('real/file')).mode & 0o777, 0o640);
  assert.equal((await files.inspect(fixture.getPath('link'))).kind, 'link');
});

test('removing what is not there is fine', async () => {
  await using fixture = await createFixture({});
  await files.remove(fixture.getPath('none'));
  await files.removeTree(fixture.getPath('none'));
  assert.deepEqual(await files.list(fixture.getPath('none')), []);
});
