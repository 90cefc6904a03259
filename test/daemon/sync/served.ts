import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createFixture, type FileTree } from 'fs-fixture';
import { call, startServer } from './server.ts';

/** The API over a root below a fixture with this tree, and a client of it. */
export async function served(
  t: TestContext,
  tree: FileTree,
  options: Parameters<typeof startServer>[1] = {},
) {
  const fixture = await createFixture(tree);
  const root = join(fixture.path, 'projects');
  const server = await startServer(root, options);
  t.after(async () => {
    await server.close();
    await fixture.rm();
  });
  const ask = (method: string, path: string, more?: Parameters<typeof call>[3]) =>
    call(server.url, method, `/projects/${path}`, more);
  return { root, fixture, server, ask };
}
