// Runs the example of docs/library.md, word for word.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { it } from 'node:test';
import { createFixture } from 'fs-fixture';
import { ensureBuilt } from '../../scripts/cli.ts';
import type { ServiceRequest } from '../../src/index.ts';
import { checkDefinition } from '../../src/service/definition.ts';
import { systemExec } from '../../src/system/exec.ts';
import { packageEntries } from '../support/cli.ts';
import { bring, ran, repository } from '../support/lab.ts';

/** The code block of the document that is marked with a file's name. */
function fileOf(document: string, name: string): string {
  const block = new RegExp(`<!-- ${name.replace('.', '\\.')} -->\\n\`\`\`js\\n(.*?)\`\`\``, 's').exec(
    document,
  );
  if (block?.[1] === undefined) throw new Error(`the document has no ${name}`);
  return block[1];
}

it('the example of the library installs, shows and uninstalls a daemon', {
  skip: process.platform === 'win32' && 'no standalone there',
}, async () => {
  await ensureBuilt();
  await using fixture = await createFixture({
    home: {},
    tmp: {},
    'project/package.json': '{"type":"module"}',
  });
  const at = (...path: string[]) => join(fixture.path, ...path);
  await mkdir(at('run'), { mode: 0o700 });
  const document = await readFile(join(repository, 'docs', 'library.md'), 'utf8');
  for (const name of ['server.js', 'service.js'])
    await writeFile(at('project', name), fileOf(document, name));
  await bring(packageEntries, at('project', 'node_modules', 'memoryd'));
  // What the user has already said stays: this machine's own service manager and crontab are left alone.
  const definition = at('home', '.config', 'memoryd', 'services', 'mydaemon.json');
  await mkdir(dirname(definition), { recursive: true });
  const said = { schema: 1, name: 'mydaemon', backend: 'standalone', startAtLogin: false };
  await writeFile(definition, JSON.stringify(said), { mode: 0o600 });

  const nothing = Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined]));
  const own = { HOME: at('home'), PATH: process.env.PATH, XDG_RUNTIME_DIR: at('run'), TMPDIR: at('tmp') };
  const service = async (verb: string) => {
    const argv = [process.execPath, at('project', 'service.js'), verb] as const;
    return ran(argv, await systemExec.run(argv, { env: { ...nothing, ...own }, timeoutMs: 60_000 }));
  };
  const installed = await service('install');
  assert.equal(installed.code, 0, installed.stderr);
  const url = /answering on (\S+)/.exec(installed.stdout)?.[1] ?? '';
  assert.equal(await (await fetch(`${url}/health`)).text(), '{"status":"ok"}');
  assert.equal((await service('status')).stdout, 'running\n');
  assert.equal((await service('install')).stdout, installed.stdout);
  assert.equal((await service('uninstall')).code, 0);
  assert.equal((await service('status')).stdout, 'not-installed\n');
  const twice = await service('uninstall');
  assert.equal(twice.code, 4);
  assert.equal(twice.stderr, 'mydaemon: "mydaemon" is not installed\n');
});

it('a wish with everything in it is a valid definition', () => {
  const wish: Required<ServiceRequest> = {
    description: 'everything',
    adapter: 'chroma',
    command: ['x', '{port}'],
    transport: 'http',
    mcpPath: '/mcp',
    probe: { kind: 'http', path: '/', status: [200, 204], json: { 'a.b': true } },
    useful: { kind: 'command', argv: ['true'] },
    watch: { intervalSecs: 5, timeoutSecs: 1, threshold: 2 },
    stop: { kind: 'http', path: '/stop', method: 'POST', graceSecs: 3 },
    exitCodes: { 3: 'yield' },
    restart: { maxDelaySecs: 5, stableSecs: 10, exits: 3, windowSecs: 30 },
    maxMemoryMb: 512,
    environment: { A: '{dataDir}' },
    workingDirectory: '/',
    dataDir: '/data',
    port: 9000,
    startAtLogin: true,
    sandbox: 'off',
    startTimeoutSecs: 5,
    stopTimeoutSecs: 5,
    logs: { maxFileMb: 1, keepDays: 1, keepTotalMb: 1, compress: true },
  };
  assert.equal(checkDefinition({ schema: 1, name: 'x', ...wish }).kind, 'valid');
});
