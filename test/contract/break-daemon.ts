import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Service } from './service.ts';

/** Breaks the installed daemon as a bad library would: the host starts and cannot load it. Gives the way back. */
export async function breakDaemon(service: Service): Promise<() => Promise<void>> {
  const chunks = join((await service.receipt()).app, 'dist', 'host', 'chunks');
  const name = (await readdir(chunks)).find((one) => /^daemon-[A-Z0-9]+\.js$/.test(one));
  assert.ok(name, 'the daemon has no chunk of its own');
  const path = join(chunks, name);
  const text = await readFile(path, 'utf8');
  await writeFile(path, `throw new Error('broken on purpose');${text}`);
  return () => writeFile(path, text);
}
