// Bundles src into dist: one small entry that any Node can read, and ESM chunks that each command loads as it needs them.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

/** Eight hex digits of everything that goes into a build. */
export function inputsHash(): string {
  const hash = createHash('sha256');
  const files = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .concat(readdirSync(join(root, 'templates'), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .concat([join(root, 'package-lock.json'), join(root, 'package.json'), import.meta.filename])
    .sort();
  for (const file of files)
    hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex').slice(0, 8);
}

/** Builds into dist and gives the build's id. */
export async function buildAll(): Promise<string> {
  const id = inputsHash();
  rmSync(dist, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: { main: 'src/cli/main.ts', index: 'src/index.ts' },
    outdir: dist,
    bundle: true,
    splitting: true,
    minify: true,
    keepNames: true,
    legalComments: 'linked',
    format: 'esm',
    platform: 'node',
    target: 'node22',
    chunkNames: 'chunks/[name]-[hash]',
    define: { __MEMORYD_BUILD__: JSON.stringify(id) },
    // Bundled CommonJS packages ask for these; ESM has none of its own.
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url),__filename=import.meta.filename,__dirname=import.meta.dirname;",
    },
    logLevel: 'warning',
  });
  for (const name of ['memoryd.cjs', 'boot.cjs']) {
    writeFileSync(join(dist, name), readFileSync(join(root, 'src', 'cli', 'entry', name)), { mode: 0o755 });
  }
  writeFileSync(join(dist, 'build.json'), JSON.stringify({ build: id }));
  return id;
}

if (process.argv[1] === import.meta.filename) console.error(`memoryd: built ${await buildAll()}`);
