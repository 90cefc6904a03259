// What a stranger gets who installs the package: it can be run and installed, and its types stand on their own.
import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { it } from 'node:test';
import { createFixture } from 'fs-fixture';
import { ensureBuilt } from '../../scripts/cli.ts';
import { emitTypes } from '../../scripts/types.ts';
import type { ServiceStatus } from '../../src/service/status.ts';
import { type Argv, systemExec } from '../../src/system/exec.ts';
import { packageEntries } from '../support/cli.ts';
import { freePort } from '../support/host-home.ts';
import { bring, ran, repository } from '../support/lab.ts';
import { missingTools } from '../support/machine-needs.ts';

const bin = (name: string) => join(repository, 'node_modules', '.bin', name);

const service = `
import { install, list, MemorydError, type ServiceStatus, type ServiceRequest, status, uninstall } from 'memoryd';

const wish: ServiceRequest = {
  command: ['mydaemon', '--port', '{port}'],
  probe: { kind: 'http', path: '/health', json: { status: 'ok' } },
  logs: { compress: true },
};
const installed: { url: string } = await install('mydaemon', wish, { secrets: { KEY: 'value' } });
const seen: ServiceStatus = await status('mydaemon');
const bytes: number | null | undefined = seen.external?.memoryBytes;
const names: string[] = await list();
const { left } = await uninstall('mydaemon', { purge: true });
console.log(installed.url, bytes, names, left.length, new MemorydError('failed', 'x').exitCode);

// @ts-expect-error a command is an argv
export const notAnArgv: ServiceRequest = { command: 'mydaemon --port {port}' };
// @ts-expect-error there is no such probe
export const notAProbe: ServiceRequest = { probe: { kind: 'icmp' } };
// @ts-expect-error a state is one of the known words
export const notAState: ServiceStatus['state'] = 'fine';
`;

const settings = {
  compilerOptions: {
    strict: true,
    exactOptionalPropertyTypes: true,
    module: 'nodenext',
    target: 'es2024',
    lib: ['es2024'],
    types: ['node'],
    typeRoots: [join(repository, 'node_modules', '@types')],
    // The declarations of the package are judged too.
    skipLibCheck: false,
    noEmit: true,
  },
  files: ['service.ts'],
};

it('the packed library can be installed, imported, type-checked and run by itself', {
  skip: process.platform === 'win32' ? 'npm is a batch file there' : missingTools(['npm']),
}, async () => {
  await ensureBuilt();
  await using fixture = await createFixture({
    'stranger/package.json': '{"name":"stranger","type":"module"}',
    'stranger/service.ts': service,
    'stranger/tsconfig.json': JSON.stringify(settings),
  });
  const source = fixture.getPath('source');
  const stranger = fixture.getPath('stranger');
  const must = async (argv: Argv, cwd: string, env = {}) => {
    const result = ran(argv, await systemExec.run(argv, { cwd, env, timeoutMs: 120_000 }));
    assert.equal(result.code, 0, `${argv.join(' ')}: ${result.stdout}${result.stderr}`);
    return result.stdout;
  };
  await bring(packageEntries, source);
  emitTypes(join(source, 'dist', 'types'));

  const npm = ['npm', '--offline', '--cache', fixture.getPath('cache'), '--ignore-scripts'] as const;
  const packed = await must([...npm, 'pack', '--json', '--pack-destination', fixture.path], source);
  const [{ filename, files }] = JSON.parse(packed) as [{ filename: string; files: { path: string }[] }];
  const strays = files.filter(
    ({ path }) => !/^(package\.json|README\.md|LICENSE|dist\/|templates\/)/.test(path),
  );
  assert.deepEqual(strays, []);
  await must([...npm, 'install', '--no-audit', '--no-fund', fixture.getPath(filename)], stranger);

  const loaded = await must([bin('tsc'), '-p', stranger, '--listFiles'], stranger);
  const installed = join(stranger, 'node_modules', 'memoryd');
  assert.deepEqual(
    files.map(({ path }) => path).filter((path) => path.endsWith('.d.ts')),
    loaded
      .split('\n')
      .filter((path) => path.startsWith(installed))
      .map((path) => relative(installed, path))
      .sort(),
    'only type files that somebody imports are packed',
  );
  await writeFile(join(stranger, 'names.js'), "console.log(Object.keys(await import('memoryd')).join());");
  assert.equal(
    await must([process.execPath, 'names.js'], stranger),
    'MemorydError,exitCodes,install,list,restart,start,status,stop,uninstall\n',
  );
  const memoryd = join(stranger, 'node_modules', '.bin', 'memoryd');
  assert.match(await must([memoryd, '--version'], stranger), /^\d+\.\d+\.\d+ \(/);

  const own = { HOME: fixture.getPath('home'), XDG_RUNTIME_DIR: fixture.getPath('run') };
  await mkdir(own.XDG_RUNTIME_DIR, { mode: 0o700 });
  const port = String(await freePort());
  try {
    await must([memoryd, 'install', '--backend', 'standalone', '--no-login', '--port', port], stranger, own);
    const { services } = JSON.parse(await must([memoryd, 'status', '--json'], stranger, own));
    const { app } = (services as ServiceStatus[])[0]?.paths ?? assert.fail();
    const built = await readdir(join(stranger, 'node_modules', 'memoryd', 'dist'));
    assert.ok(built.includes('types'));
    assert.deepEqual(
      await readdir(join(app, 'dist')),
      built.filter((name) => name !== 'types'),
      'what runs is all that is copied',
    );
  } finally {
    await must([memoryd, 'uninstall', '--purge', '--yes'], stranger, own);
  }
});
