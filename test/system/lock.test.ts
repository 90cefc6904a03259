import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createFixture } from 'fs-fixture';
import { acquireLock } from '../../src/system/lock.ts';
import { until } from '../support/until.ts';

const lockModule = join(import.meta.dirname, '../../src/system/lock.ts');

/** A process that takes the lock at `path`, says `held`, and keeps it until it is killed. */
async function holder(path: string) {
  const script = `const { acquireLock } = await import(process.argv[1]);
    await acquireLock(process.argv[2]); process.stdout.write('held'); setInterval(() => {}, 1e6);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, lockModule, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

describe('a lock', () => {
  it('excludes others of the same process, and is free again once released', async () => {
    await using fixture = await createFixture();
    const path = fixture.getPath('state/lock');
    const first = await acquireLock(path);
    assert.ok(first);
    assert.equal(await acquireLock(path), undefined);
    first.release();
    first.release();
    const second = await acquireLock(path);
    assert.ok(second);
    second.release();
  });

  it('is given back by the kernel when its holder is killed, with nothing left to clean up (X03)', async () => {
    await using fixture = await createFixture();
    const path = fixture.getPath('lock');
    const child = await holder(path);
    assert.equal(await acquireLock(path), undefined);
    child.kill('SIGKILL');
    const lock = await until('the lock is free', () => acquireLock(path));
    lock.release();
    assert.deepEqual(readdirSync(fixture.path), ['lock']);
  });

  it('waits for its turn', async () => {
    await using fixture = await createFixture();
    const path = fixture.getPath('lock');
    const first = await acquireLock(path);
    const waiting = acquireLock(path, { waitMs: 10_000 });
    first?.release();
    const second = await waiting;
    assert.ok(second);
    second.release();
  });

  it('lets one of many in at a time (X09)', async () => {
    await using fixture = await createFixture();
    const path = fixture.getPath('lock');
    let inside = 0;
    let most = 0;
    const turn = async () => {
      const lock = await acquireLock(path, { waitMs: 20_000 });
      assert.ok(lock);
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
      lock.release();
    };
    await Promise.all(Array.from({ length: 8 }, turn));
    assert.equal(most, 1);
  });

  it('is not had on a file that was removed meanwhile', async () => {
    await using fixture = await createFixture();
    const path = fixture.getPath('lock');
    const first = await acquireLock(path);
    const waiting = acquireLock(path, { waitMs: 10_000 });
    rmSync(path);
    first?.release();
    const second = await waiting;
    assert.ok(second, 'the waiting one gets a lock');
    assert.ok(existsSync(path), 'on a file that is there');
    assert.equal(await acquireLock(path), undefined, 'which excludes the next');
    second.release();
  });

  it('is for this user alone', {
    skip: process.platform === 'win32' ? 'no modes on Windows' : false,
  }, async () => {
    await using fixture = await createFixture();
    const path = fixture.getPath('state/lock');
    (await acquireLock(path))?.release();
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it('says what is wrong with the place', async () => {
    await using fixture = await createFixture({ file: '' });
    await assert.rejects(acquireLock(fixture.getPath('file/lock')), { name: 'MemorydError', kind: 'failed' });
  });
});
