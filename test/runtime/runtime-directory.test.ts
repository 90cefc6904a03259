import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createFixture } from 'fs-fixture';
import { EndpointFile } from '../../src/host/endpoint-file.ts';
import { dryRunService } from '../../src/install/service-lock.ts';
import { sweep } from '../../src/install/sweep.ts';
import type { Roots } from '../../src/layout.ts';
import { claimRuntimeDirectory } from '../../src/runtime/claim-runtime-directory.ts';
import { type Endpoint, parseEndpoint } from '../../src/runtime/endpoint.ts';
import { findEndpoint } from '../../src/runtime/find-endpoint.ts';
import { userId } from '../../src/runtime/identity.ts';
import type { HostReport } from '../../src/runtime/report.ts';
import { readEndpoints } from '../../src/runtime/runtime-directory.ts';
import type { Files } from '../../src/system/files.ts';
import { realSystem } from '../../src/system/system.ts';

const posix = process.platform === 'win32' ? 'owners and modes are POSIX' : false;
const root = process.getuid?.() === 0 ? false : 'needs root to make what belongs to another user';
const service = `t${Math.random().toString(36).slice(2, 10)}`;

/** The directories that all users of a machine share lie in the test's own, so that nothing of this machine is seen or touched. */
function rerooted(files: Files, root: string): Files {
  const inside = (path: string) => {
    // TMPDIR of whoever runs the tests stands for /tmp.
    const usual = path.startsWith(join(tmpdir(), 'memoryd-')) ? path.replace(tmpdir(), '/tmp') : path;
    return /^\/(tmp\/memoryd-|var\/tmp\/|run\/user\/)/.test(usual) ? join(root, usual) : path;
  };
  return {
    ...files,
    read: (path) => files.read(inside(path)),
    inspect: (path) => files.inspect(inside(path)),
    write: (path, ...rest) => files.write(inside(path), ...rest),
    remove: (path) => files.remove(inside(path)),
    makeDirectory: (path, mode) => files.makeDirectory(inside(path), mode),
  };
}

/** Where a host of the test service would publish. */
async function claimed(
  ...[system, roots]: [Parameters<typeof claimRuntimeDirectory>[0], Roots]
): Promise<string> {
  return (await claimRuntimeDirectory(system, roots, service)).path;
}

async function place(env: Record<string, string> = {}) {
  const fixture = await createFixture();
  mkdirSync(fixture.getPath('run'), { mode: 0o700 });
  mkdirSync(fixture.getPath('tmp'), { mode: 0o1777 });
  const path = (name: string) => fixture.getPath(name);
  const roots = { config: path('config'), data: path('data'), state: path('state'), logs: path('logs') };
  const base = realSystem();
  const files = rerooted(base.files, path('root'));
  const system = { ...base, files, env: { TMPDIR: path('tmp'), ...env } };
  return { fixture, path, roots, system, [Symbol.asyncDispose]: () => fixture.rm() };
}

const mine = (tmp: string) => join(tmp, `memoryd-${process.getuid?.()}`);

function endpointOf(system: ReturnType<typeof realSystem>, more: Partial<Endpoint> = {}): Endpoint {
  return {
    schema: 1,
    app: 'memoryd',
    service,
    url: 'http://127.0.0.1:1',
    host: '127.0.0.1',
    port: 1,
    pid: process.pid,
    start: 'another run',
    nonce: 'n',
    version: '1',
    build: 'b',
    user: userId(system),
    dataDirId: 'd',
    control: '/nowhere/at.sock',
    startedAt: 'then',
    ...more,
  };
}

describe('the runtime directory', { skip: posix }, () => {
  it('is below XDG_RUNTIME_DIR when that is private to this user', async () => {
    await using here = await place();
    const system = { ...here.system, env: { ...here.system.env, XDG_RUNTIME_DIR: here.path('run') } };
    assert.equal(await claimed(system, here.roots), here.path('run/memoryd'));
  });

  it('is not below XDG_RUNTIME_DIR when that is open to others', async () => {
    await using here = await place();
    chmodSync(here.path('run'), 0o755);
    const system = { ...here.system, env: { ...here.system.env, XDG_RUNTIME_DIR: here.path('run') } };
    assert.notEqual(await claimed(system, here.roots), here.path('run/memoryd'));
    assert.equal(existsSync(here.path('run/memoryd')), false);
  });

  it('lies with the state when all that everybody shares was taken by others first (X05)', async () => {
    await using here = await place();
    mkdirSync(here.path('elsewhere'), { mode: 0o700 });
    for (const tmp of [here.path('tmp'), here.path('root/tmp'), here.path('root/var/tmp')]) {
      mkdirSync(tmp, { recursive: true });
      symlinkSync(here.path('elsewhere'), mine(tmp));
    }
    assert.equal(await claimed(here.system, here.roots), here.path('state/run'));
    assert.deepEqual(readdirSync(here.path('elsewhere')), []);
    assert.equal(statSync(here.path('state/run')).mode & 0o777, 0o700);
  });

  it('is none at all rather than one that others can open', async () => {
    await using here = await place();
    for (const tmp of [here.path('tmp'), here.path('root/tmp'), here.path('root/var/tmp')]) {
      mkdirSync(mine(tmp), { recursive: true, mode: 0o755 });
    }
    mkdirSync(here.path('state/run'), { recursive: true, mode: 0o755 });
    await assert.rejects(claimRuntimeDirectory(here.system, here.roots, service), { kind: 'permission' });
  });

  it('refuses a link to a directory of our own in the temporary directory (X05)', async () => {
    await using here = await place();
    mkdirSync(here.path('elsewhere'), { mode: 0o700 });
    symlinkSync(here.path('elsewhere'), mine(here.path('tmp')));
    const path = await claimed(here.system, here.roots);
    assert.notEqual(path, mine(here.path('tmp')));
    assert.deepEqual(readdirSync(here.path('elsewhere')), []);
  });

  it('refuses a directory of another user in the temporary directory (X05)', { skip: root }, async () => {
    await using here = await place();
    mkdirSync(mine(here.path('tmp')), { mode: 0o700 });
    chownSync(mine(here.path('tmp')), 12345, 12345);
    assert.notEqual(await claimed(here.system, here.roots), mine(here.path('tmp')));
    assert.deepEqual(readdirSync(mine(here.path('tmp'))), []);
  });

  it('ignores what another user published in our name (X05)', { skip: root }, async () => {
    await using here = await place();
    mkdirSync(mine(here.path('tmp')));
    writeFileSync(join(mine(here.path('tmp')), `${service}.json`), JSON.stringify(endpointOf(here.system)));
    chownSync(mine(here.path('tmp')), 12345, 12345);
    assert.deepEqual(await readEndpoints(here.system, here.roots, service), []);
  });

  it('is one whose sockets have names that are short enough', async () => {
    await using here = await place();
    const deep = here.path('x'.repeat(90));
    mkdirSync(deep, { mode: 0o700 });
    const system = { ...here.system, env: { XDG_RUNTIME_DIR: deep, TMPDIR: here.path('tmp') } };
    const path = await claimed(system, here.roots);
    assert.equal(path.startsWith(deep), false);
  });
});

describe('an endpoint file', { skip: posix }, () => {
  const publish = async (text: string) => {
    const here = await place();
    mkdirSync(mine(here.path('tmp')), { mode: 0o700 });
    writeFileSync(join(mine(here.path('tmp')), `${service}.json`), text);
    return here;
  };

  it('that is not there is another answer than one that is broken', async () => {
    await using nowhere = await place();
    assert.deepEqual(await findEndpoint(nowhere.system, nowhere.roots, service), { kind: 'absent' });
    for (const text of ['', '{', 'null', '[]', '{"schema":1}', '{"schema":2}']) {
      await using here = await publish(text);
      assert.equal((await findEndpoint(here.system, here.roots, service)).kind, 'invalid', text);
    }
  });

  it('whose pid is somebody else by now is stale (X03)', async () => {
    await using here = await publish(JSON.stringify(endpointOf(realSystem())));
    assert.equal((await findEndpoint(here.system, here.roots, service)).kind, 'stale');
  });

  it('whose process lives and does not answer is silent', async () => {
    const start = realSystem().processes.startIdentity(process.pid) ?? null;
    await using here = await publish(JSON.stringify(endpointOf(realSystem(), { start })));
    assert.equal((await findEndpoint(here.system, here.roots, service)).kind, 'silent');
  });

  it('of another user or service is not ours', async () => {
    for (const more of [{ user: 'somebody' }, { service: 'other' }]) {
      await using here = await publish(JSON.stringify(endpointOf(realSystem(), more)));
      assert.equal((await findEndpoint(here.system, here.roots, service)).kind, 'invalid');
    }
  });

  it('may say more than we know', () => {
    const endpoint = { ...endpointOf(realSystem()), future: true };
    assert.deepEqual(parseEndpoint(JSON.stringify(endpoint)), { kind: 'valid', endpoint });
  });
});

describe('a publication', { skip: posix }, () => {
  it('puts back what a cleaner of temporary files took', async () => {
    await using here = await place();
    const system = { ...here.system, env: { XDG_RUNTIME_DIR: here.path('run') } };
    const { control: _control, ...identity } = endpointOf(system, { nonce: 'mine' });
    const report = () => ({ nonce: 'mine' }) as HostReport;
    const publication = await EndpointFile.open(system, here.roots, identity, {
      report,
      stop: () => undefined,
      refused: assert.fail,
      token: async () => 'token',
      mustProve: false,
    });
    try {
      const find = () => findEndpoint(system, here.roots, service);
      assert.equal((await find()).kind, 'live');
      rmSync(here.path('run/memoryd'), { recursive: true });
      mkdirSync(here.path('run/memoryd'), { mode: 0o700 });
      assert.equal((await find()).kind, 'absent');
      await publication.refresh();
      assert.equal((await find()).kind, 'live');
    } finally {
      await publication.close();
    }
    assert.deepEqual(readdirSync(here.path('run/memoryd')), []);
  });

  it('does not take away what another host has published in its place', async () => {
    await using here = await place();
    const system = { ...here.system, env: { XDG_RUNTIME_DIR: here.path('run') } };
    const { control: _control, ...identity } = endpointOf(system, { nonce: 'mine' });
    const report = () => ({ nonce: 'mine' }) as HostReport;
    const publication = await EndpointFile.open(system, here.roots, identity, {
      report,
      stop: () => undefined,
      refused: assert.fail,
      token: async () => 'token',
      mustProve: false,
    });
    const file = here.path(`run/memoryd/${service}.json`);
    writeFileSync(file, JSON.stringify(endpointOf(system, { nonce: 'theirs' })));
    await publication.close();
    assert.ok(existsSync(file));
  });
});

describe('another home of the same user', { skip: posix }, () => {
  const rootsBelow = (home: string) => ({
    config: join(home, '.config/memoryd'),
    data: join(home, '.local/share/memoryd'),
    state: join(home, '.local/state/memoryd'),
    logs: join(home, '.local/state/memoryd/logs'),
  });

  /** A service of the same name published from each of two homes that share every runtime directory. */
  async function twoHomes() {
    const here = await place();
    const system = { ...here.system, env: { ...here.system.env, XDG_RUNTIME_DIR: here.path('run') } };
    const { control: _control, ...identity } = endpointOf(system, {
      start: system.processes.startIdentity(process.pid) ?? null,
    });
    const publishFrom = (roots: Roots, nonce: string) =>
      EndpointFile.open(
        system,
        roots,
        { ...identity, nonce },
        {
          report: () => ({ nonce }) as HostReport,
          stop: () => undefined,
          refused: assert.fail,
          token: async () => 'token',
          mustProve: false,
        },
      );
    const homes = ['ada', 'bob'].map((name) => rootsBelow(here.path(name))) as [Roots, Roots];
    const published = [await publishFrom(homes[0], 'of ada'), await publishFrom(homes[1], 'of bob')];
    return {
      ...here,
      system,
      homes,
      nonceFrom: async (roots: Roots) => {
        const found = await findEndpoint(system, roots, service);
        return found.kind === 'live' ? found.endpoint.nonce : found.kind;
      },
      [Symbol.asyncDispose]: async () => {
        for (const publication of published) await publication.close();
        await here[Symbol.asyncDispose]();
      },
    };
  }

  it('has services of the same names: neither is taken for the other, nor takes its place', async () => {
    await using here = await twoHomes();
    const [ada, bob] = here.homes;
    assert.equal(await here.nonceFrom(ada), 'of ada');
    assert.equal(await here.nonceFrom(bob), 'of bob');
    assert.equal(await here.nonceFrom(rootsBelow(here.path('eve'))), 'absent');
    const machine = { system: here.system, roots: bob, usualRoots: () => bob, configHome: here.path('bob') };
    const locked = { ...(await dryRunService(machine, service)), discardLock: async () => undefined };
    await sweep(locked, [], []);
    assert.equal(await here.nonceFrom(ada), 'of ada', 'tidying up took what is another’s');
  });

  it('is the same home where one directory is, however the way there is spelt', async () => {
    await using here = await twoHomes();
    const [ada] = here.homes;
    const strange = rootsBelow(here.path('strange'));
    for (const root of ['config', 'data', 'state'] as const)
      assert.equal(await here.nonceFrom({ ...strange, [root]: ada[root] }), 'of ada', root);
    mkdirSync(here.path('ada'), { recursive: true });
    symlinkSync(here.path('ada'), here.path('linked'));
    assert.equal(await here.nonceFrom(rootsBelow(here.path('linked'))), 'of ada');
  });

  it('gives its place up once its host is gone', async () => {
    await using here = await place();
    const stale = endpointOf(here.system, { installation: ['of another home'] });
    mkdirSync(mine(here.path('tmp')), { mode: 0o700 });
    writeFileSync(join(mine(here.path('tmp')), `${service}.json`), JSON.stringify(stale));
    assert.equal(await claimed(here.system, here.roots), mine(here.path('tmp')));
  });
});
