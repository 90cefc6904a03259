import assert from 'node:assert/strict';
import { chmod, mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { createFixture } from 'fs-fixture';
import { optPath, planNode } from '../../src/install/node-program.ts';
import { copyTree } from '../../src/install/steps/tree.ts';
import type { Roots } from '../../src/layout.ts';
import type { CopyTree } from '../../src/service/step.ts';
import type { ExecResult } from '../../src/system/exec.ts';
import { systemFiles } from '../../src/system/files.ts';
import { realPath } from '../../src/system/real-path.ts';
import { realSystem } from '../../src/system/system.ts';

const unix = { skip: process.platform === 'win32' && 'paths of Unix' };

function rootsIn(directory: string): Roots {
  const at = (name: string) => join(directory, name);
  return { config: at('config'), data: at('data'), state: at('state'), logs: at('logs') };
}

/** Copies in a fixture; every program that is run ends as `result` says. */
async function copy(step: CopyTree, result: ExecResult): Promise<string[][]> {
  const runs: string[][] = [];
  const system = realSystem();
  const run = async (argv: readonly string[]) => {
    runs.push([...argv]);
    return result;
  };
  const context = { system: { ...system, exec: { ...system.exec, run } } };
  await copyTree.run(step, context as unknown as Parameters<typeof copyTree.run>[1]);
  return runs;
}

const ended = (code: number, stderr = ''): ExecResult => ({
  kind: 'exited',
  code,
  stdout: '',
  stderr,
  bytes: new Uint8Array(),
});

describe('the Node of a unit', unix, () => {
  it('N11: of Homebrew is named below opt, also where nothing of it is linked into bin', async () => {
    await using fixture = await createFixture({ 'brew/Cellar/node@22/22.21.0/bin/node': '' });
    const brew = join(realPath(fixture.path), 'brew');
    await mkdir(join(brew, 'opt'));
    await symlink('../Cellar/node@22/22.21.0', join(brew, 'opt', 'node@22'));
    const execPath = join(brew, 'Cellar/node@22/22.21.0/bin/node');
    const planned = await planNode(systemFiles, rootsIn(fixture.path), execPath);
    assert.deepEqual(planned, { node: join(brew, 'opt/node@22/bin/node') });
    assert.equal(
      optPath('/home/linuxbrew/.linuxbrew/Cellar/node/24.1.0/bin/node'),
      '/home/linuxbrew/.linuxbrew/opt/node/bin/node',
    );
    assert.equal(optPath('/Users/alice/.nvm/versions/node/v24.1.0/bin/node'), undefined);
  });

  it('N11: is copied with the library that its launcher loads from beside it', async () => {
    await using fixture = await createFixture({
      'own/bin/node': 'launcher',
      'own/lib/libnode.137.dylib': 'library',
      'own/lib/node_modules/npm/package.json': '{}',
    });
    const execPath = join(fixture.path, 'own/bin/node');
    await chmod(execPath, 0o755);
    const planned = await planNode(systemFiles, rootsIn(fixture.path), execPath);
    assert.ok(planned.copy);
    assert.deepEqual(planned.copy.entries, ['bin/node', 'lib/libnode.137.dylib']);
    assert.equal(planned.node, join(planned.copy.to, 'bin/node'));
    const runs = await copy(planned.copy, ended(0));
    assert.deepEqual(runs, [[join(`${planned.copy.to}.partial`, 'bin/node'), '--version']]);
    const library = await systemFiles.read(join(planned.copy.to, 'lib/libnode.137.dylib'));
    assert.equal(library.kind === 'content' && library.text, 'library');
  });

  it('N11: is run before it is trusted: a copy that does not start is none, and the error shows why', async () => {
    await using fixture = await createFixture({ 'own/bin/node': 'launcher' });
    const execPath = join(fixture.path, 'own/bin/node');
    await chmod(execPath, 0o755);
    const { copy: step } = await planNode(systemFiles, rootsIn(fixture.path), execPath);
    assert.ok(step);
    const aborted = ended(134, 'dyld: Library not loaded: @rpath/libnode.137.dylib');
    await assert.rejects(copy(step, aborted), {
      kind: 'failed',
      message: `a copy of ${realPath(execPath)} does not start`,
      words: /Library not loaded/,
      hint: new RegExp(`^(otool -L|ldd) ${realPath(dirname(execPath))}/node$`),
    });
    assert.equal((await systemFiles.inspect(step.to)).kind, 'absent');
  });
});
