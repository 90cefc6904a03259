import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { it } from 'node:test';
import { createFixture } from 'fs-fixture';
import which from 'which';
import { scriptOf } from '../../src/adapters/cmd-shim.ts';
import { argvOf, discover } from '../../src/adapters/discover.ts';
import { systemFiles } from '../../src/system/files.ts';
import { realSystem } from '../../src/system/system.ts';

/** The package of npm's that writes its .cmd files, from the npm of this machine, and npm's own npx.cmd. */
function npmParts(): { shim: string; npx: string } | undefined {
  const npm = which.sync('npm', { nothrow: true });
  if (npm === null) return undefined;
  const roots = ['/usr/lib/node_modules/npm', join(dirname(dirname(npm)), 'lib', 'node_modules', 'npm')];
  const root = roots.find((path) => existsSync(join(path, 'node_modules', 'cmd-shim')));
  return root === undefined
    ? undefined
    : { shim: join(root, 'node_modules', 'cmd-shim'), npx: join(root, 'bin', 'npx.cmd') };
}

const parts = npmParts();
const skip = parts === undefined ? 'needs npm' : false;

it('finds the script in a .cmd file as npm writes it', { skip }, async () => {
  await using fixture = await createFixture({
    'node_modules/some/dist/cli.js': '#!/usr/bin/env node\n',
    prefix: {},
  });
  const cmdShim = createRequire(import.meta.url)(parts?.shim as string) as (
    from: string,
    to: string,
  ) => Promise<void>;
  await cmdShim(fixture.getPath('node_modules/some/dist/cli.js'), fixture.getPath('prefix/some-server'));
  assert.deepEqual(readdirSync(fixture.getPath('prefix')).sort(), [
    'some-server',
    'some-server.cmd',
    'some-server.ps1',
  ]);
  const text = readFileSync(fixture.getPath('prefix/some-server.cmd'), 'utf8');
  assert.equal(scriptOf(text, 'some-server'), '..\\node_modules\\some\\dist\\cli.js');
});

it('finds npx in npm’s own npx.cmd, and not its helper', { skip }, () => {
  assert.equal(
    scriptOf(readFileSync(parts?.npx as string, 'utf8'), 'npx'),
    'node_modules\\npm\\bin\\npx-cli.js',
  );
});

it('runs Node on the script, and refuses other batch files', { skip }, async () => {
  const npx = readFileSync(parts?.npx as string, 'utf8');
  const files: Record<string, string> = {
    'C:\\nodejs\\npx.cmd': npx,
    'C:\\nodejs\\node.exe': '',
    'C:\\tools\\odd.bat': '@echo off\r\npython server.py %*\r\n',
  };
  const machine = {
    ...realSystem(),
    platform: 'win32' as const,
    files: {
      ...systemFiles,
      async read(path: string) {
        const text = files[path];
        if (text === undefined) return { kind: 'absent' as const };
        return { kind: 'content' as const, text, bytes: Buffer.from(text) };
      },
      async inspect(path: string) {
        return files[path] === undefined
          ? ({ kind: 'absent' } as const)
          : ({ kind: 'unreadable', why: '' } as const);
      },
    },
  };
  const look = (program: string) =>
    discover(
      machine,
      { commands: [{ argv: [program, '-y', '{port}'], downloads: true }], places: {} },
      {},
      {
        port: '1',
      },
    );
  const [found, odd] = ['C:\\nodejs\\npx.cmd', 'C:\\tools\\odd.bat'];
  const shim = await look(found);
  assert.equal(shim.kind, 'found');
  assert.deepEqual(shim.kind === 'found' && argvOf(shim, { port: '1' }), [
    'C:\\nodejs\\node.exe',
    'C:\\nodejs\\node_modules\\npm\\bin\\npx-cli.js',
    '-y',
    '1',
  ]);
  await assert.rejects(look(odd), { kind: 'configuration', message: /batch file/ });
});
