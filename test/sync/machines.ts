import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createFixture, type FileTree } from 'fs-fixture';
import { startServer } from '../daemon/sync/server.ts';
import { createMachine } from './machine.ts';

/** A server with no projects, and a machine for each tree. */
export async function setUp(t: TestContext, ...trees: FileTree[]) {
  const fixture = await createFixture({});
  const server = await startServer(join(fixture.path, 'projects'));
  const machines = await Promise.all(trees.map((tree) => createMachine(tree)));
  t.after(async () => {
    await server.close();
    for (const machine of machines) await machine.fixture.rm();
    await fixture.rm();
  });
  const [a, b] = machines;
  assert.ok(a);
  return { server, url: server.url, a, b: b ?? a, root: join(fixture.path, 'projects') };
}
