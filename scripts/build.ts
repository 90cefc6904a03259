// Bundles src into dist: a small entry that any Node version can read, and programs: the whole program in chunks that
// commands load as needed, the program that units run, `status`, and what runs as a process of its own.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { compiledTemplates, gatherLazy, leaveOutLazy } from './build-plugins.ts';
import { toCommonJs } from './common-js.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

const builders = ['build.ts', 'build-plugins.ts', 'common-js.ts'].map((file) => join('scripts', file));

/** The first eight hex digits of a hash over all inputs of a build. */
export function inputsHash(): string {
  const hash = createHash('sha256');
  const files = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .concat(readdirSync(join(root, 'templates'), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .concat(['package-lock.json', 'package.json', ...builders].map((file) => join(root, file)))
    .sort();
  for (const file of files)
    hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex').slice(0, 8);
}

function common(id: string): BuildOptions {
  return {
    absWorkingDir: root,
    outdir: dist,
    bundle: true,
    minify: true,
    legalComments: 'linked',
    platform: 'node',
    target: 'node22',
    define: {
      __MEMORYD_BUILD__: JSON.stringify(id),
      __MEMORYD_VERSION__: JSON.stringify(packageJson.version),
    },
    logLevel: 'warning',
  };
}

/** Bundles one file per command, and shared chunks, each loaded when needed. */
async function buildSplit(
  id: string,
  entryPoints: Record<string, string>,
  chunks: string,
  gathered: Readonly<Record<string, readonly string[]>> = {},
  changes: BuildOptions = {},
): Promise<void> {
  const options = common(id);
  await build({
    ...options,
    entryPoints,
    splitting: true,
    keepNames: true,
    format: 'esm',
    chunkNames: `${chunks}/[name]-[hash]`,
    plugins: [compiledTemplates, gatherLazy(gathered)],
    // Bundled CommonJS packages require modules of Node, which ESM does not support.
    banner: { js: 'const require=process.getBuiltinModule;' },
    define: { ...options.define, __filename: '"memoryd"' },
    ...changes,
  });
}

/**
 * Bundles the program that units run. Its identifiers are not minified, so that stack traces have function names: the
 * keepNames of esbuild costs memory for every function.
 */
async function buildHost(id: string): Promise<void> {
  const names: BuildOptions = { minify: false, minifyWhitespace: true, minifySyntax: true, keepNames: false };
  await buildSplit(id, { 'host/main': 'src/cli/fast-host.ts' }, 'host/chunks', {}, names);
  await toCommonJs(join(dist, 'host'));
}

/**
 * Bundles `status` into one CommonJS file: importing a built-in module into ESM evaluates everything that the module
 * would load lazily (streams, promises, crypto), and thirty small files take longer to open than one.
 */
async function buildStatus(id: string): Promise<void> {
  const options = common(id);
  await build({
    ...options,
    entryPoints: { status: 'src/cli/fast-status.ts' },
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    define: { ...options.define, 'import.meta.dirname': '__dirname' },
    plugins: [leaveOutLazy],
  });
}

/** Bundles the program that Windows runs elevated. It is one file, so that one hash identifies it. */
async function buildElevated(id: string): Promise<void> {
  await build({
    ...common(id),
    entryPoints: { 'chunks/elevated': 'src/cli/elevated.ts' },
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
  });
}

/**
 * Bundles the program that works on the file of a store. It lies outside `chunks`, whose files are copied only after
 * the daemon answers.
 */
async function buildStoreJob(id: string): Promise<void> {
  const options = common(id);
  await build({
    ...options,
    entryPoints: { 'store-job': 'src/daemon/store/job/program.ts' },
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    define: {
      ...options.define,
      'import.meta.dirname': '__dirname',
      'import.meta.filename': '__filename',
    },
  });
}

/**
 * Modules that the whole program loads lazily, grouped into one file each. Single files for them would split shared
 * code into more than twice as many files, and each file takes half a millisecond to load and a quarter to copy.
 */
const together = {
  launchd: ['platform/launchd/perform', 'platform/launchd/render'],
  systemd: ['check', 'linger', 'perform', 'render'].map((name) => `platform/systemd/${name}`),
  standalone: ['autostart', 'desktop', 'observe', 'render', 'site', 'start', 'stop'].map(
    (name) => `platform/standalone/${name}`,
  ),
  'task-scheduler': ['platform/task-scheduler/render', 'platform/task-scheduler/parse'],
  migration: ['cli/commands/migrate'],
  memories: ['sync', 'transfer', 'store-files'].map((name) => `cli/commands/${name}`),
  external: ['cli/commands/adapters', 'cli/commands/bridge'],
  // The host has its own bundle, in which these are loaded one by one.
  daemon: ['mcp/index', 'mcp/server', 'store/index', 'sync/index'].map((name) => `daemon/${name}`),
  host: [
    'daemon/index',
    'external/spec-of',
    'host/child/external-host',
    'host/child/stdio',
    'runtime/load-definition',
    'runtime/logs/packer',
    'service/daemon-settings',
  ],
};

/** Builds into dist and returns the id of the build. */
export async function buildAll(): Promise<string> {
  const id = inputsHash();
  rmSync(dist, { recursive: true, force: true });
  await Promise.all([
    buildSplit(id, { main: 'src/cli/main.ts', index: 'src/index.ts' }, 'chunks', together),
    // Built separately: shared chunks would split the host into four times as many files, which delays its start by
    // milliseconds.
    buildHost(id),
    buildStatus(id),
    buildElevated(id),
    buildStoreJob(id),
  ]);
  for (const name of ['memoryd.cjs', 'boot.cjs']) {
    writeFileSync(join(dist, name), readFileSync(join(root, 'src', 'cli', 'entry', name)), { mode: 0o755 });
  }
  writeFileSync(join(dist, 'build.json'), JSON.stringify({ build: id }));
  return id;
}

if (process.argv[1] === import.meta.filename) console.error(`memoryd: built ${await buildAll()}`);
