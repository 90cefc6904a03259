import { rmSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { createFixture } from 'fs-fixture';
import { ensureBuilt } from '../../scripts/cli.ts';
import { packageEntries } from '../support/cli.ts';
import { bring } from '../support/lab.ts';

/** What npm would install, set aside: a test run outlives the next build in this checkout. */
async function setAside(): Promise<string> {
  await ensureBuilt();
  const fixture = await createFixture();
  process.once('exit', () => rmSync(fixture.path, { recursive: true, force: true }));
  await bring(packageEntries, fixture.path);
  return fixture.path;
}

let once: Promise<string> | undefined;

/** Puts what npm would install into `directory`: the same build for all machines of a test file. */
export async function unpack(directory: string): Promise<void> {
  once ??= setAside();
  await cp(await once, directory, { recursive: true });
}
