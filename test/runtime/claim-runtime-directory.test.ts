// Where a host publishes on a machine whose temporary directories are full, read-only, or somebody else's.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { createFixture } from 'fs-fixture';
import { codeOf } from '../../src/errors.ts';
import { claimRuntimeDirectory } from '../../src/runtime/claim-runtime-directory.ts';
import { findEndpoint } from '../../src/runtime/find-endpoint.ts';
import type { Files } from '../../src/system/files.ts';
import { realSystem } from '../../src/system/system.ts';
import { HostHome } from '../support/host-home.ts';

const posix = process.platform === 'win32' ? 'owners and modes are POSIX' : false;
const uid = process.getuid?.() ?? -1;
const service = 'memory';

/** Root of a container may not be allowed to mount. */
function needsMount(): false | string {
  if (process.platform !== 'linux' || uid !== 0) return 'needs root on Linux';
  const { status } = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']);
  return status === 0 ? false : 'needs to be allowed to mount';
}
const noMount = needsMount();
const noRoot = uid === 0 ? false : 'needs root to make what belongs to another user';

/** A small file system of its own, taken away at the end. */
function mounted(path: string, options: string) {
  mkdirSync(path, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path]);
  return { [Symbol.dispose]: () => execFileSync('umount', [path]) };
}

function fill(path: string): void {
  const file = openSync(path, 'w');
  try {
    for (;;) writeSync(file, Buffer.alloc(1024));
  } catch (error) {
    assert.equal(codeOf(error), 'ENOSPC');
  } finally {
    closeSync(file);
  }
}

/** A user's places below one directory; the ones that every user shares are not there. */
async function place() {
  const fixture = await createFixture({});
  const at = (path: string) => fixture.getPath(path);
  const roots = { config: at('config'), data: at('data'), state: at('state'), logs: at('logs') };
  const base = realSystem();
  const elsewhere = (path: string) =>
    path.startsWith('/run/user/') ||
    (['/tmp', '/var/tmp', tmpdir()].includes(dirname(path)) && /^memoryd-\d+$/.test(basename(path)));
  const files: Files = {
    ...base.files,
    inspect: async (path) =>
      elsewhere(path) ? { kind: 'unreadable', why: 'not in this test' } : base.files.inspect(path),
  };
  const system = { ...base, files, env: { XDG_RUNTIME_DIR: at('run'), TMPDIR: at('tmp') } };
  mkdirSync(at('run'), { mode: 0o700 });
  mkdirSync(at('tmp'));
  chmodSync(at('tmp'), 0o1777);
  const claim = () => claimRuntimeDirectory(system, roots, service);
  const whyNot = async (path: string) =>
    (await claim()).refused.find((refused) => refused.path === at(path))?.why ??
    assert.fail(`${path} was not refused`);
  return { at, roots, system, claim, whyNot, [Symbol.asyncDispose]: () => fixture.rm() };
}

const inTmp = `tmp/memoryd-${uid}`;

describe('the runtime directory', { skip: posix }, () => {
  it('is the session’s where nothing is wrong, and nothing is told', async () => {
    await using here = await place();
    assert.deepEqual(await here.claim(), { path: here.at('run/memoryd'), refused: [] });
    assert.deepEqual(readdirSync(here.at('run/memoryd')), [], 'the trial is left');
  });

  it('is not one that is full', { skip: noMount }, async () => {
    await using here = await place();
    using _mount = mounted(here.at('run'), 'size=64k,mode=0700');
    mkdirSync(here.at('run/memoryd'), { mode: 0o700 });
    fill(here.at('run/full'));
    assert.equal((await here.claim()).path, here.at(inTmp));
    assert.match(await here.whyNot('run/memoryd'), /ENOSPC/);
    assert.deepEqual(readdirSync(here.at('run/memoryd')), []);
  });

  it('is not one without room for another file', { skip: noMount }, async () => {
    await using here = await place();
    using _mount = mounted(here.at('run'), 'nr_inodes=2,mode=0700');
    mkdirSync(here.at('run/memoryd'), { mode: 0o700 });
    assert.equal((await here.claim()).path, here.at(inTmp));
    assert.match(await here.whyNot('run/memoryd'), /ENOSPC/);
  });

  it('is not one that is read-only, whether it is there already or not', { skip: noMount }, async () => {
    await using here = await place();
    using _mount = mounted(here.at('run'), 'mode=0700,ro');
    assert.equal((await here.claim()).path, here.at(inTmp));
    assert.match(await here.whyNot('run/memoryd'), /EROFS/);
    execFileSync('mount', ['-o', 'remount,rw', here.at('run')]);
    mkdirSync(here.at('run/memoryd'), { mode: 0o700 });
    execFileSync('mount', ['-o', 'remount,ro', here.at('run')]);
    assert.match(await here.whyNot('run/memoryd'), /EROFS/);
  });

  it('is not one of another user’s in a sticky directory, and that one is left as it is (X05)', {
    skip: noRoot,
  }, async () => {
    await using here = await place();
    chmodSync(here.at('run'), 0o755);
    mkdirSync(here.at(inTmp), { mode: 0o700 });
    chownSync(here.at(inTmp), 12_345, 12_345);
    assert.equal((await here.claim()).path, here.at('state/run'));
    assert.equal(await here.whyNot(inTmp), 'it belongs to user 12345');
    assert.equal(await here.whyNot('run/memoryd'), 'it is open to other users');
    assert.deepEqual(readdirSync(here.at(inTmp)), []);
  });

  it('is not a link (X05)', async () => {
    await using here = await place();
    chmodSync(here.at('run'), 0o755);
    mkdirSync(here.at('mine'), { mode: 0o700 });
    symlinkSync(here.at('mine'), here.at(inTmp));
    assert.equal((await here.claim()).path, here.at('state/run'));
    assert.equal(await here.whyNot(inTmp), 'it is a link');
    assert.deepEqual(readdirSync(here.at('mine')), []);
  });

  it('is not in a directory where others can replace it: one that all may write in without the sticky bit', async () => {
    await using here = await place();
    chmodSync(here.at('run'), 0o755);
    chmodSync(here.at('tmp'), 0o777);
    assert.equal((await here.claim()).path, here.at('state/run'));
    assert.equal(await here.whyNot(inTmp), `other users may replace what is in ${here.at('tmp')}`);
    assert.equal(existsSync(here.at(inTmp)), false);
  });

  it('that is left is none when the path of its socket is too long, and that is said', async () => {
    await using here = await place();
    chmodSync(here.at('run'), 0o755);
    chmodSync(here.at('tmp'), 0o777);
    const roots = { ...here.roots, state: join(here.roots.state, 'x'.repeat(90)) };
    const bytes = Buffer.byteLength(join(roots.state, 'run', 'memory.sock'));
    await assert.rejects(claimRuntimeDirectory(here.system, roots, service), {
      kind: 'permission',
      message: new RegExp(`state/x+/run \\(the path of its socket has ${bytes} bytes, more than 103\\)$`),
    });
  });

  it('is found by whoever was started in another environment, and its reason is told', {
    skip: noMount,
  }, async () => {
    await using home = await HostHome.create();
    using _mount = mounted(join(home.path, 'run'), 'size=64k,mode=0700');
    fill(join(home.path, 'run', 'full'));
    home.spawn();
    const { path, report } = await home.ready();
    assert.equal(path, join(home.path, 'tmp', `memoryd-${uid}`, `${home.service}.json`));
    const [refused] = report.refusedRuntimes ?? [];
    assert.equal(refused?.path, join(home.path, 'run/memoryd'));
    assert.match(refused?.why ?? '', /ENOSPC/);
    const other = { ...home.system, env: { XDG_RUNTIME_DIR: '/nowhere', TMPDIR: '/nowhere' } };
    assert.equal((await findEndpoint(other, home.roots, home.service)).kind, 'live');
  });
});
