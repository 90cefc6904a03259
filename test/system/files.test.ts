import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, statSync, symlinkSync } from 'node:fs';
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

test('removing what is not there is fine', async () => {
  await using fixture = await createFixture({});
  await files.remove(fixture.getPath('none'));
  await files.removeTree(fixture.getPath('none'));
  assert.deepEqual(await files.list(fixture.getPath('none')), []);
});
