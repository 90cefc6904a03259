import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { createFixture } from 'fs-fixture';
import { openSalvage } from '../../../src/daemon/store/salvage/index.ts';
import type { ExportedMemory } from '../../../src/daemon/store/store.ts';
import { openTestStore } from '../../support/store.ts';

const pageSize = 4096;

/** The file of a store with 300 memories, some longer than a page, and the memories. */
async function makeFile(t: TestContext) {
  const { store, dataDir } = await openTestStore(t);
  const memories = Array.from({ length: 300 }, (_, n) => ({
    ...{
      id: `memory-${n}`,
      title: null,
      project: n % 3 === 0 ? 'p' : null,
      tags: n % 2 === 0 ? ['walrus'] : [],
    },
    content: `${n} ${'the walrus is swimming north '.repeat(n % 10 === 0 ? 400 : (n % 7) + 1)}`,
    origin: `test:${n}`,
  }));
  store.import(memories);
  const expected = [...store.export()];
  store.close();
  return { path: `${dataDir}/memories.db`, expected };
}

function salvaged(path: string): { found: ExportedMemory[]; lost: number } {
  const salvage = openSalvage(path);
  try {
    return { found: [...salvage.memories()], lost: salvage.lost() };
  } finally {
    salvage.close();
  }
}

const byId = (memories: readonly ExportedMemory[]) => memories.toSorted((a, b) => (a.id < b.id ? -1 : 1));

test('of a store that is whole every memory is read, and none is lost', async (t) => {
  const { path, expected } = await makeFile(t);
  const { found, lost } = salvaged(path);
  assert.deepEqual(byId(found), byId(expected));
  assert.equal(lost, 0);
});

test('every memory whose page is whole is read, whatever happened to the others', async (t) => {
  const { path, expected } = await makeFile(t);
  const whole = readFileSync(path);
  const pages = whole.length / pageSize;
  const known = new Map(expected.map((memory) => [memory.id, memory]));
  const damaged = `${path}.damaged`;
  let losses = 0;
  const page = fc.record({
    number: fc.nat(pages - 1),
    noise: fc.oneof(fc.constant(new Uint8Array(pageSize)), fc.uint8Array({ minLength: 512, maxLength: 512 })),
  });
  const damage = fc.record({
    hit: fc.array(page, { minLength: 1, maxLength: 20 }),
    cut: fc.constantFrom(0, 0, 1, 30),
  });
  fc.assert(
    fc.property(damage, ({ hit, cut }) => {
      const bytes = Buffer.from(whole);
      for (const { number, noise } of hit) bytes.fill(noise, number * pageSize, (number + 1) * pageSize);
      const left = bytes.subarray(0, bytes.length - cut * pageSize);
      writeFileSync(damaged, left);
      const { found, lost } = salvaged(damaged);
      losses += lost;
      const ids = new Set(found.map(({ id }) => id));
      // A longer content lies on several pages, and SQLite cannot tell whether one of them was overwritten.
      const isShort = ({ content }: ExportedMemory) => content.length < 1_000;
      const wrong = found.filter(
        (memory) => isShort(memory) && known.get(memory.id)?.content !== memory.content,
      );
      assert.deepEqual(
        wrong.map(({ id }) => id),
        [],
      );
      const missed = expected.filter((memory) => {
        return isShort(memory) && !ids.has(memory.id) && left.includes(`${memory.id}${memory.content}`);
      });
      assert.deepEqual(
        missed.map(({ id }) => id),
        [],
      );
    }),
    { numRuns: 100, endOnFailure: true },
  );
  assert.ok(losses > 0, 'the indexes name what is lost');
});

test('what is in the log only is read, also when the database does not begin as one', async (t) => {
  const { store, dataDir } = await openTestStore(t);
  const fixture = await createFixture({});
  t.after(() => fixture.rm());
  for (let n = 0; n < 50; n += 1) store.add({ content: `walrus ${n}` });
  const expected = [...store.export()];
  const copy = fixture.getPath('memories.db');
  // A copy of the files is what a kill leaves.
  for (const suffix of ['', '-wal']) copyFileSync(`${dataDir}/memories.db${suffix}`, `${copy}${suffix}`);
  writeFileSync(copy, Buffer.concat([Buffer.alloc(100), readFileSync(copy).subarray(100)]));
  assert.deepEqual(salvaged(copy).found, expected);
});
