import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFixture } from 'fs-fixture';
import { refuseFullDisk, refuseUnwritable } from '../../src/legacy/disk-space.ts';
import { refuseImpossibleCopy } from '../../src/legacy/refuse-impossible.ts';
import { systemFiles } from '../../src/system/files.ts';

test('a copy that the disk has no room for is refused before anything is stopped, with both numbers', async () => {
  await using fixture = await createFixture({});
  const to = fixture.getPath('not/there/yet');
  await refuseFullDisk(to, 1000);
  await assert.rejects(refuseFullDisk(to, 1e18), {
    kind: 'failed',
    message: /no room for a copy at .*yet: 1000000000000 MB needed, \d+ MB free/,
  });
});

test('a copy into a directory that this user cannot write is refused before anything is stopped', {
  skip: process.getuid?.() === 0 && 'root may write everywhere',
}, async () => {
  await assert.rejects(refuseUnwritable('/proc/not/there/yet'), {
    kind: 'permission',
    message: /cannot write to \/proc\/not\/there/,
  });
});

test('the copy is refused where something is already, in a dry run too', async () => {
  await using fixture = await createFixture({ taken: {} });
  const data = {
    kind: 'copy',
    from: '/x',
    to: fixture.getPath('taken'),
    bytes: 1,
    allocated: 1,
    asRoot: false,
  } as const;
  const paths = { backup: fixture.getPath('backup') };
  await assert.rejects(refuseImpossibleCopy(systemFiles, data, paths), {
    message: /taken already exists/,
    hint: /^mv /,
  });
  await refuseImpossibleCopy(systemFiles, { ...data, to: fixture.getPath('free/deep') }, paths);
  await assert.rejects(
    refuseImpossibleCopy(systemFiles, { ...data, to: fixture.getPath('free'), allocated: 1e18 }, paths),
    {
      message: /no room/,
    },
  );
  await refuseImpossibleCopy(systemFiles, { kind: 'none' }, paths);
});
