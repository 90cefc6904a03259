import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { ensureBuilt } from '../../scripts/cli.ts';
import { childReady, exitOf, fakeCommand, foreignHome } from '../support/external-home.ts';

const posix = process.platform === 'win32' ? 'ends hosts with a signal' : false;

/** What takes memory of a host for as long as it lives, and is not there for it. */
const unwanted = ['crypto', 'http', 'worker_threads', 'zlib', 'internal/deps/undici/undici'];

it('a host of an external daemon loads only what it needs', { skip: posix }, async () => {
  await ensureBuilt();
  await using home = await foreignHome({ command: fakeCommand(), port: undefined, probe: { kind: 'tcp' } });
  const [preload, loaded] = [join(home.path, 'preload.cjs'), join(home.path, 'loaded.json')];
  const write = `require('fs').writeFileSync(${JSON.stringify(loaded)}, JSON.stringify(process.moduleLoadList))`;
  writeFileSync(preload, `process.on('exit', () => ${write});`);
  const main = join(import.meta.dirname, '..', '..', 'dist', 'memoryd.cjs');
  // The first works out what the definition comes to and where it listens; those after it find that on disk.
  for (const flags of [[], [`--require=${preload}`]]) {
    const host = home.spawnCli([], {}, main, flags);
    await childReady(home);
    host.kill('SIGTERM');
    assert.equal(await exitOf(host), 0);
  }
  const modules = JSON.parse(readFileSync(loaded, 'utf8')) as string[];
  assert.ok(modules.includes('NativeModule net'));
  assert.deepEqual(
    unwanted.filter((name) => modules.includes(`NativeModule ${name}`)),
    [],
  );
});
