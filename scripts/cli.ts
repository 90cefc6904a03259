// The CLI from a checkout: builds if the sources are newer than the build, then runs the build.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildAll, inputsHash } from './build.ts';

const dist = join(import.meta.dirname, '..', 'dist');

function builtId(): string | undefined {
  const path = join(dist, 'build.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { build: string }).build : undefined;
}

/** Rebuilds dist if it does not match the sources. Returns the path of the entry. */
export async function ensureBuilt(): Promise<string> {
  if (builtId() !== inputsHash()) await buildAll();
  return join(dist, 'memoryd.cjs');
}

if (process.argv[1] === import.meta.filename) {
  const entry = await ensureBuilt();
  const { status } = spawnSync(process.execPath, [entry, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
