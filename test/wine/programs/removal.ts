// Removes what this process itself has open, as an uninstall does, and what another process runs.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../../../src/errors.ts';
import { pruneApps } from '../../../src/install/prune.ts';
import { withServiceLock } from '../../../src/install/service-lock.ts';
import { servicePaths } from '../../../src/layout.ts';
import { systemFiles } from '../../../src/system/files.ts';
import { realSystem } from '../../../src/system/system.ts';
import { answer } from './answer.ts';

const failure = async (work: () => Promise<unknown>): Promise<string | undefined> => {
  try {
    await work();
    return undefined;
  } catch (error) {
    return codeOf(error) ?? String(error);
  }
};

await answer(async ({ home, own }: { home: string; own: string }) => {
  const below = (name: string) => join(home, name);
  const roots = { config: below('config'), data: below('data'), state: below('state'), logs: below('logs') };
  const machine = { system: realSystem(), roots, configHome: below('c') } as unknown as Parameters<
    typeof withServiceLock
  >[0];
  const { lock } = servicePaths(roots, 'memory');
  const locked = await failure(() => withServiceLock(machine, 'memory', ({ discardLock }) => discardLock()));
  // A build that still runs, with a file beside the program.
  const app = join(roots.data, 'app');
  const old = join(app, 'node-1');
  mkdirSync(old, { recursive: true });
  copyFileSync(process.execPath, join(old, 'node.exe'));
  copyFileSync(import.meta.filename, join(old, 'beside.js'));
  const running = spawn(join(old, 'node.exe'), ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
  await once(running, 'spawn');
  const now = { app: join(app, 'now'), node: join(app, 'now', 'node.exe') } as unknown as Parameters<
    typeof pruneApps
  >[2][0];
  const prune = () => pruneApps(systemFiles, roots, [now, { kind: 'absent' }]);
  const pruned = await failure(prune);
  const kept = existsSync(old) ? readdirSync(old).toSorted() : [];
  running.kill();
  await once(running, 'exit');
  const later = await failure(prune);
  const left = readdirSync(app);
  const tree = await failure(() => systemFiles.removeTree(own));
  return { locked, lockLeft: existsSync(lock), pruned, kept, later, left, tree, treeLeft: existsSync(own) };
});
