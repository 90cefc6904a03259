import assert from 'node:assert/strict';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createFixture } from 'fs-fixture';
import { MemorydError } from '../../src/errors.ts';
import { stateFile } from '../../src/runtime/state-file.ts';
import { equals, isText } from '../../src/service/state-text.ts';
import { systemFiles } from '../../src/system/files.ts';

interface Example {
  schema: 1;
  name: string;
}

const file = stateFile<string, Example>((directory) => join(directory, 'example.json'), {
  schema: equals(1),
  name: isText,
});

describe('a state file', () => {
  it('tells absent, unreadable, invalid and valid apart', async () => {
    await using fixture = await createFixture();
    const directory = fixture.path;
    const path = file.path(directory);
    assert.deepEqual(await file.read(systemFiles, directory), { kind: 'absent' });
    assert.equal(await file.value(systemFiles, directory), undefined);

    await file.write(systemFiles, directory, { schema: 1, name: 'x' });
    assert.deepEqual(await file.value(systemFiles, directory), { schema: 1, name: 'x' });
    if (process.platform !== 'win32') assert.equal(statSync(path).mode & 0o777, 0o600);

    writeFileSync(path, '{"schema":1');
    assert.equal((await file.read(systemFiles, directory)).kind, 'invalid');
    assert.equal(await file.value(systemFiles, directory), undefined);
  });

  it('does not take one that cannot be read for none', async () => {
    await using fixture = await createFixture();
    // A directory in its place cannot be read by anybody, root included.
    mkdirSync(file.path(fixture.path));
    assert.equal((await file.read(systemFiles, fixture.path)).kind, 'unreadable');
    await assert.rejects(
      file.value(systemFiles, fixture.path),
      (error) =>
        error instanceof MemorydError && error.kind === 'permission' && /cannot read/.test(error.message),
    );
  });
});
