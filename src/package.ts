import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

declare const __MEMORYD_BUILD__: string | undefined;
declare const __MEMORYD_VERSION__: string | undefined;

function findRoot(from: string): string {
  return existsSync(join(from, 'templates')) ? from : findRoot(dirname(from));
}

/** The directory that holds package.json and templates: the checkout, the installed package or the private copy. */
export const packageRoot = /* @__PURE__ */ findRoot(import.meta.dirname);

function readVersion(): string {
  const text = readFileSync(join(packageRoot, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** Set by scripts/build.ts, like the build: `status` has no time to look for it. */
export const version: string = typeof __MEMORYD_VERSION__ === 'string' ? __MEMORYD_VERSION__ : readVersion();

/** Eight hex digits of what was built, set by scripts/build.ts; `source` when Node runs the sources. Tells two builds of one version apart (X06). */
export const build: string = typeof __MEMORYD_BUILD__ === 'string' ? __MEMORYD_BUILD__ : 'source';
