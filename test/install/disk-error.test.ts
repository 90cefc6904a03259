import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemorydError } from '../../src/errors.ts';
import { explained } from '../../src/install/disk-error.ts';
import type { Inspection } from '../../src/system/files.ts';
import { realSystem } from '../../src/system/system.ts';

/** A machine of user 501 whose `directories` have these owners and modes. */
function machine(directories: Record<string, { uid: number; mode: number }>) {
  const real = realSystem();
  const inspect = async (path: string): Promise<Inspection> => {
    const stats = directories[path];
    return stats === undefined ? { kind: 'absent' } : ({ kind: 'directory', stats } as unknown as Inspection);
  };
  const user = { name: 'ada', uid: 501, home: '/Users/ada' };
  return { ...real, platform: 'darwin' as const, user, files: { ...real.files, inspect } };
}

const refused = (code: string, path: string) => Object.assign(new Error(`${code}: no`), { code, path });

const agents = '/Users/ada/Library/LaunchAgents';
const temporary = `${agents}/io.github.memoryd.memory.plist.0123456789ab.tmp`;

test('N40 a directory that belongs to root is named with the chown line, without a temporary name', async () => {
  const system = machine({ [agents]: { uid: 0, mode: 0o755 } });
  const error = await explained(system, refused('EACCES', temporary));
  assert.ok(error instanceof MemorydError);
  assert.equal(error.kind, 'permission');
  assert.equal(error.message, `no permission to change ${agents}/io.github.memoryd.memory.plist`);
  assert.equal(error.hint, `sudo chown -R 501 ${agents}`);
});

test('a directory of our own that is closed to ourselves is opened with chmod', async () => {
  const system = machine({ [agents]: { uid: 501, mode: 0o500 } });
  const error = await explained(system, refused('EACCES', temporary));
  assert.equal((error as MemorydError).hint, `chmod u+rwx ${agents}`);
});

test('N06 a full disk is called that, also below another error without a hint; other errors stay as they are', async () => {
  const system = machine({ '/': { uid: 0, mode: 0o755 }, [agents]: { uid: 501, mode: 0o700 } });
  const full = refused('ENOSPC', temporary);
  const error = await explained(system, new MemorydError('failed', 'cannot lock', { cause: full }));
  assert.equal(
    (error as MemorydError).message,
    `the disk is full: cannot write ${agents}/io.github.memoryd.memory.plist`,
  );
  const other = refused('EIO', temporary);
  assert.equal(await explained(system, other), other);
  const hinted = new MemorydError('failed', 'x', { hint: 'y', cause: full });
  assert.equal(await explained(system, hinted), hinted);
});
