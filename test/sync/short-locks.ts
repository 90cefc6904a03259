import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createFixture, type FileTree } from 'fs-fixture';
import { call, startServer } from '../daemon/sync/server.ts';
import { createMachine } from './machine.ts';

export const lockTtlMs = 900;

/** A machine and a server whose locks last less than a second. */
export async function setUp(t: TestContext, tree: FileTree = {}) {
  const fixture = await createFixture({});
  const root = join(fixture.path, 'projects');
  const server = await startServer(root, { lockTtlMs });
  const [machine, other] = [await createMachine(tree), await createMachine()];
  t.after(async () => {
    await server.close();
    await machine.fixture.rm();
    await other.fixture.rm();
    await fixture.rm();
  });
  const lock = async () =>
    (await call(server.url, 'GET', '/projects/demo/lock')).json.lock as {
      clientId: string;
      expiresAt: string;
    } | null;
  return { server, url: server.url, root, machine, other, lock };
}

/** A command that writes to a file of the folder when it ends; `gate` ends it. */
export function script(folder: string, code = 0): string[] {
  const text = `
    const fs = require('node:fs');
    const wait = setInterval(() => {
      if (!fs.existsSync('gate')) return;
      clearInterval(wait);
      fs.appendFileSync('log.jsonl', 'written by the command');
      process.exitCode = ${code};
    }, 20);`;
  return [process.execPath, '-e', `process.chdir(${JSON.stringify(folder)});${text}`];
}
