import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { createFixture } from 'fs-fixture';
import { servicePaths } from '../../src/layout.ts';
import { noteServed, protectToken, readExposure } from '../../src/runtime/token-exposure.ts';
import { parseExposure } from '../../src/service/token-exposure.ts';
import { realSystem } from '../../src/system/system.ts';

const skip = process.platform === 'linux' ? false : 'asks the kernel of Linux who listens';

/** A token, and a port that this process holds; `as` is who we take ourselves to be. */
async function scene(t: TestContext, as: 'owner' | 'another') {
  const fixture = await createFixture();
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    server.close();
    await fixture.rm();
  });
  const { port } = server.address() as { port: number };
  const real = realSystem();
  const uid = real.user.uid + (as === 'owner' ? 0 : 1);
  const system = { ...real, user: { name: 'x', home: '/', uid } };
  const { path } = fixture;
  const paths = servicePaths({ config: path, data: path, state: path, logs: path }, 'memory');
  await system.files.write(paths.token, 'old\n', 0o600);
  const logged: string[] = [];
  const protect = () => protectToken(system, paths, port, (event) => void logged.push(event));
  const token = async () => {
    const read = await system.files.read(paths.token);
    return read.kind === 'content' ? read.text.trim() : read.kind;
  };
  return { system, paths, port, protect, token, logged, holder: real.user.uid };
}

describe('a port that somebody else holds', { skip }, () => {
  it('costs the token once, until the service has listened there again (X05)', async (t) => {
    const { system, paths, port, protect, token, logged, holder } = await scene(t, 'another');
    await protect();
    const first = await token();
    assert.notEqual(first, 'old');
    const seen = await readExposure(system.files, paths);
    assert.ok(seen.kind === 'valid');
    assert.deepEqual([seen.exposure.port, seen.exposure.uid], [port, holder]);
    await protect();
    assert.equal(await token(), first, 'a fixed port is tried again and again');
    await noteServed(system.files, paths, port + 1);
    await protect();
    assert.equal(await token(), first, 'it has listened somewhere else');
    await noteServed(system.files, paths, port);
    await protect();
    assert.notEqual(await token(), first);
    assert.deepEqual(logged, ['token.replaced', 'token.replaced']);
  });

  it('costs nothing when it is the same user, who may read the token anyway', async (t) => {
    const { system, paths, protect, token, logged } = await scene(t, 'owner');
    await protect();
    assert.equal(await token(), 'old');
    assert.deepEqual([await readExposure(system.files, paths), logged], [{ kind: 'absent' }, []]);
  });
});

describe('exposure.json', () => {
  it('is valid only when it is whole', () => {
    const whole = { schema: 1, port: 1, uid: null, at: 'then', served: true };
    assert.deepEqual(parseExposure(JSON.stringify(whole)), { kind: 'valid', exposure: whole });
    for (const change of [{ schema: 2 }, { port: 'x' }, { uid: 'x' }, { uid: undefined }, { at: 1 }])
      assert.equal(parseExposure(JSON.stringify({ ...whole, ...change })).kind, 'invalid');
    for (const text of ['', 'null', '[]', '7']) assert.equal(parseExposure(text).kind, 'invalid');
  });
});
