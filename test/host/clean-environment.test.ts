import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { injectedVariables } from '../../src/service/injection.ts';
import { ended, freePort, get, HostHome } from '../support/host-home.ts';

const linux = process.platform === 'linux' ? false : 'reads /proc';

/** Whether anybody listens at a port of loopback. */
function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

describe('variables that inject code', () => {
  it('are found whatever their case, and took effect unless they are empty', () => {
    const env = {
      NODE_OPTIONS: '',
      node_path: '/x',
      DYLD_INSERT_LIBRARIES: '/y',
      NODE_UNIQUE_ID: '',
      PATH: '/bin',
    };
    assert.deepEqual(injectedVariables(env), {
      all: ['DYLD_INSERT_LIBRARIES', 'NODE_OPTIONS', 'NODE_UNIQUE_ID', 'node_path'],
      effective: ['DYLD_INSERT_LIBRARIES', 'NODE_UNIQUE_ID', 'node_path'],
    });
  });

  it('leave no debugger open and nothing in the environment: the host replaces itself', {
    skip: linux,
  }, async () => {
    await using home = await HostHome.create();
    const debug = await freePort();
    const injected = {
      NODE_OPTIONS: `--inspect=127.0.0.1:${debug}`,
      NODE_DEBUG: 'http',
      LD_LIBRARY_PATH: '/nowhere',
    };
    const host = home.spawnCli([], injected);
    const { endpoint } = await home.ready();
    assert.equal(endpoint.pid, host.pid, 'it is the same process');
    assert.equal(await isOpen(debug), false);
    const environment = readFileSync(`/proc/${host.pid}/environ`, 'utf8');
    for (const name of Object.keys(injected)) assert.ok(!environment.includes(`${name}=`), name);
    const log = readdirSync(home.paths.logs)
      .map((file) => readFileSync(join(home.paths.logs, file), 'utf8'))
      .join('');
    assert.match(log, /"removed":\["LD_LIBRARY_PATH","NODE_DEBUG","NODE_OPTIONS"\]/);
    assert.equal((await get(home.port, '/health')).status, 200);
  });

  it('leave no debugger open where a socket was handed over, which a replaced process would lose', {
    skip: linux,
  }, async () => {
    await using home = await HostHome.create();
    const debug = await freePort();
    const env = { LISTEN_FDS: '0', LISTEN_PID: '1', NODE_OPTIONS: `--inspect=127.0.0.1:${debug}` };
    home.spawnCli([], env);
    await home.ready();
    assert.equal(await isOpen(debug), false);
  });

  it('a signal opens no debugger either', { skip: linux }, async () => {
    await using home = await HostHome.create();
    const debug = await freePort();
    const [node, ...args] = home.argv();
    const host = spawn(node, [`--inspect-port=${debug}`, ...args], { env: home.env, stdio: 'ignore' });
    await home.ready();
    host.kill('SIGUSR1');
    // Answered after the signal was handled.
    for (let n = 0; n < 20; n += 1) assert.equal((await get(home.port, '/health')).status, 200);
    assert.equal(await isOpen(debug), false);
    host.kill('SIGTERM');
    assert.equal((await ended(host)).code, 0);
  });
});
