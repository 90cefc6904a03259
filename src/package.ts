import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

declare const __MEMORYD_BUILD__: string | undefined;

function findRoot(from: string): string {
  return existsSync(join(from, 'templates')) ? from : findRoot(dirname(from));
}

/** The directory that holds package.json and templates: the checkout, the installed package or the private copy. */
export const packageRoot = findRoot(import.meta.dirname);

export const version: string = (
  JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }
).version;

/** Eight hex digits of what was built, set by scripts/build.ts; `source` when Node runs the sources. Tells two builds of one version apart (X06). */
export const build: string = typeof __MEMORYD_BUILD__ === 'string' ? __MEMORYD_BUILD__ : 'source';
