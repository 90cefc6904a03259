// What people see of adapters and what becomes of wrong ones, through the built command line.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { before, describe, it } from 'node:test';
import { createFixture } from 'fs-fixture';
import { ensureBuilt } from '../../scripts/cli.ts';
import { systemExec } from '../../src/system/exec.ts';
import { ran, repository } from '../support/lab.ts';
import { plain as adapter } from './plain.ts';

const posix = process.platform === 'win32' ? 'its programs are POSIX scripts' : false;
const entry = join(repository, 'dist', 'memoryd.cjs');

/** A home with nothing in it but what the test puts there, and a search path of its own. */
async function homeWith(files: Record<string, string | object>, programs: Record<string, string> = {}) {
  const fixture = await createFixture({ run: {} });
  const put = (path: string, content: string, mode: number) => {
    mkdirSync(dirname(fixture.getPath(path)), { recursive: true, mode: 0o700 });
    writeFileSync(fixture.getPath(path), content, { mode });
  };
  for (const [path, content] of Object.entries(files))
    put(`.config/memoryd/${path}`, typeof content === 'string' ? content : JSON.stringify(content), 0o600);
  for (const [path, script] of Object.entries(programs)) put(path, script, 0o755);
  const all = () =>
    readdirSync(fixture.path, { recursive: true, withFileTypes: true })
      .filter((one) => one.isFile())
      .map((one) => join(one.parentPath, one.name));
  const first = all();
  return {
    path: fixture.path.replace(/\/$/, ''),
    /** Files that were not there in the beginning, but for the lock of whoever changes the service. */
    added: () => all().filter((path) => !first.includes(path) && !path.endsWith('.lock')),
    async memoryd(...args: string[]) {
      const nothing = Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined]));
      const path = ['bin', 'project/node_modules/.bin'].map((directory) => fixture.getPath(directory));
      const env = { HOME: fixture.path, XDG_RUNTIME_DIR: fixture.getPath('run'), PATH: path.join(':') };
      const argv = [process.execPath, entry, ...args] as const;
      return ran(argv, await systemExec.run(argv, { env: { ...nothing, ...env }, timeoutMs: 30_000 }));
    },
    [Symbol.asyncDispose]: () => fixture.rm(),
  };
}

const script = '#!/bin/sh\nexit 0\n';

describe('memoryd adapters', { skip: posix }, () => {
  before(ensureBuilt);

  it('lists what is known, and says what is installed here', async () => {
    const files = { 'adapters/mine.json': adapter, 'adapters/wrong.json': { ...adapter, porbe: 1 } };
    await using home = await homeWith(files, { 'bin/chroma': script, 'bin/uvx': script });
    const { code, stdout } = await home.memoryd('adapters');
    assert.equal(code, 0);
    const lines = new Map(stdout.split('\n').map((line) => [line.split(/\s+/)[1], line]));
    assert.ok(lines.get('chroma')?.startsWith('● '), stdout);
    assert.ok(lines.get('chroma')?.endsWith(` ${home.path}/bin/chroma`), stdout);
    assert.match(lines.get('memtomem') ?? '', /^○ .*not installed \(.*\/bin\/uvx would download it\)$/);
    assert.match(lines.get('claude-mem') ?? '', /^○ .*not found: .*claude-mem/);
    assert.match(lines.get('mine') ?? '', /^○ .*not found: mine$/);
    assert.match(lines.get('wrong') ?? '', /^✗ .*porbe/);
    const { adapters } = JSON.parse((await home.memoryd('adapters', '--json')).stdout);
    assert.equal(adapters.length, lines.size - 1);
    assert.deepEqual(home.added(), []);
  });

  it('shows all that is known of one', async () => {
    await using home = await homeWith({}, { 'bin/bm': script });
    const { stdout } = await home.memoryd('adapters', 'basic-memory');
    for (const fact of [
      /^Basic Memory$/m,
      /docs +https:/,
      /command +bm mcp .*--host 127\.0\.0\.1/,
      /data +\{home\}/,
      /listens +on 127\.0\.0\.1/,
    ])
      assert.match(stdout, fact);
  });
});

describe('a wrong adapter or definition', { skip: posix }, () => {
  before(ensureBuilt);
  const service = { schema: 1, name: 'x', command: ['mine', '{port}'] };
  const wrongAdapters: [string, object, RegExp][] = [
    ['an unknown field', { porbe: 1 }, /porbe: unknown field/],
    ['a wrong type', { commands: 'mine {port}' }, /commands: /],
    [
      'a placeholder that does not exist',
      { commands: [{ argv: ['mine', '{prot}'] }] },
      /commands\.0\.argv\.1: /,
    ],
    ['a path that climbs out', { data: { directory: '{home}/../../etc' } }, /data\.directory: /],
  ];
  for (const [what, change, message] of wrongAdapters) {
    it(`an adapter with ${what}: 78 with the field, and nothing installed (X08)`, async () => {
      await using home = await homeWith(
        { 'adapters/mine.json': { ...adapter, ...change } },
        { 'bin/mine': script },
      );
      for (const args of [
        ['install', 'x', '--adapter', 'mine'],
        ['install', 'mine'],
        ['adapters', 'mine'],
      ]) {
        const more = args[0] === 'install' ? ['--backend', 'standalone', '--no-login'] : [];
        const { code, stdout, stderr } = await home.memoryd(...args, ...more);
        assert.equal(code, 78, stderr);
        assert.match(`${stdout}${stderr}`, message);
      }
      assert.deepEqual(home.added(), []);
    });
  }

  const wrongDefinitions: [string, object, RegExp][] = [
    ['an unknown field', { porbe: 1 }, /porbe: unknown field/],
    ['a wrong type', { maxMemoryMb: 'lots' }, /maxMemoryMb: /],
    ['a placeholder that does not exist', { environment: { A: '{plugin}' } }, /environment\.A: /],
    ['a path that climbs out', { adapter: '../../etc/passwd' }, /adapter: /],
    ['a relative program', { command: ['./mine', '{port}'] }, /command\.0: /],
  ];
  for (const [what, change, message] of wrongDefinitions) {
    it(`a definition with ${what}: 78 with the field, and nothing installed (X08)`, async () => {
      const definition = { ...service, ...change };
      await using home = await homeWith({ 'services/x.json': definition }, { 'bin/mine': script });
      const { code, stderr } = await home.memoryd('install', 'x', '--backend', 'standalone', '--no-login');
      assert.equal(code, 78, stderr);
      assert.match(stderr, message);
      assert.deepEqual(home.added(), []);
    });
  }
});

describe('before anything is changed, install looks whether the program runs as a service would', {
  skip: posix,
}, () => {
  before(ensureBuilt);
  const install = (program: string) => [
    'install',
    'x',
    '--backend',
    'standalone',
    '--no-login',
    '--',
    program,
    '{port}',
  ];

  it('names an interpreter that is missing there (M06)', async () => {
    await using home = await homeWith({}, { 'bin/mine': '#!/usr/bin/env no-such-interpreter\n' });
    const { code, stderr } = await home.memoryd(...install('mine'));
    assert.equal(code, 78, stderr);
    assert.match(stderr, /bin\/mine cannot be run in the environment of the service/);
    assert.match(stderr, /no-such-interpreter/);
  });

  it('finds nothing where only this shell would, and says where it looked (M06, L10)', async () => {
    await using home = await homeWith({}, { 'project/node_modules/.bin/mine': script });
    const { code, stderr } = await home.memoryd(...install('mine'));
    assert.equal(code, 78, stderr);
    assert.match(stderr, /command: not found: mine/);
    assert.ok(stderr.includes(`searched ${home.path}/bin\n`), stderr);
  });
});
