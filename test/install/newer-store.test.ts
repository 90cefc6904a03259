import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { createFixture } from 'fs-fixture';
import { schemaVersion } from '../../src/daemon/store/migrations.ts';
import { MemorydError } from '../../src/errors.ts';
import { refuseNewerStore } from '../../src/install/refuse-newer-store.ts';
import { storeSchema } from '../../src/service/store-problem.ts';

test('N08: a store of a newer schema is refused before anything is replaced', async (t) => {
  assert.equal(storeSchema, schemaVersion, 'both are the number of migrations');
  const fixture = await createFixture({});
  t.after(() => fixture.rm());
  refuseNewerStore(fixture.path);
  const db = new DatabaseSync(fixture.getPath('memories.db'));
  db.exec(`PRAGMA user_version = ${storeSchema}`);
  refuseNewerStore(fixture.path);
  db.exec(`PRAGMA user_version = ${storeSchema + 1}`);
  db.close();
  assert.throws(
    () => refuseNewerStore(fixture.path),
    (error) => error instanceof MemorydError && error.message.includes(`has schema ${storeSchema + 1}`),
  );
});
