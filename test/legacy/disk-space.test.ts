import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFixture } from 'fs-fixture';
import { refuseFullDisk } from '../../src/legacy/disk-space.ts';

test('a copy that the disk has no room for is refused before anything is stopped, with both numbers', async () => {
  await using fixture = await createFixture({});
  const to = fixture.getPath('not/there/yet');
  await refuseFullDisk(to, 1000);
  await assert.rejects(refuseFullDisk(to, 1e18), {
    kind: 'failed',
    message: /no room for a copy at .*yet: 1000000000000 MB needed, \d+ MB free/,
  });
});
