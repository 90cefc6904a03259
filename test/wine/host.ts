import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, win32 } from 'node:path';
import test from 'node:test';
import type { Roots } from '../../src/layout.ts';
import { actionOf } from '../../src/platform/task-scheduler/render.ts';
import type { ControlAnswer } from '../../src/runtime/control-client.ts';
import type { EndpointState } from '../../src/runtime/find-endpoint.ts';
import type { UnitSpec } from '../../src/service/unit.ts';
import { conhostChildArgv } from '../simulators/windows/command-line.ts';
import { until } from '../support/until.ts';
import { unitSpec } from './task-scheduler.ts';
import { windowsNode } from './windows-node.ts';
import { Wine } from './wine.ts';

const entry = join(import.meta.dirname, '..', 'support', 'host-entry.ts');

/** With it, Node for Windows does not start. */
const injected = { NODE_OPTIONS: '--require=C:\\missing', NODE_UNIQUE_ID: '1' };

/** What conhost starts for a task that runs the host of `home`. */
function taskArgv(wine: Wine, home: string): string[] {
  const argv: UnitSpec['argv'] = [Wine.windows(windowsNode), Wine.windows(entry), 'host', 'memory', home];
  const action = actionOf(unitSpec(wine, { argv }), { systemRoot: 'C:\\windows', cmd: 'usable' });
  return conhostChildArgv(action.arguments);
}

function rootsIn(home: string): Roots {
  const below = (name: string) => win32.join(home, name);
  return { config: below('config'), data: below('data'), state: below('state'), logs: below('logs') };
}

export function host(wine: () => Wine): void {
  const home = () => win32.join(wine().local, 'memoryd');
  const roots = () => rootsIn(home());
  const find = () => wine().ask<EndpointState>('host.ts', { roots: roots(), op: 'find' });
  const tell = (op: 'stop') => wine().ask<ControlAnswer>('host.ts', { roots: roots(), op });
  /** As a task starts it, without conhost, from an environment in which Node does not start. */
  const supervise = () =>
    wine().start(taskArgv(wine(), home()), { NODE_OPTIONS: '--require=C:\\missing', NODE_UNIQUE_ID: '1' })
      .child;
  const intent = () => wine().unix(win32.join(home(), 'state', 'services', 'memory', 'stopped'));
  const published = () => wine().unix(win32.join(home(), 'run', 'memory.json'));

  async function live(differentFrom?: number) {
    return until(
      'the host answers on its pipe',
      async () => {
        if (!existsSync(published())) return undefined;
        const state = await find();
        return state.kind === 'live' && state.report.phase === 'ready' && state.report.pid !== differentFrom
          ? state
          : undefined;
      },
      90_000,
    );
  }

  test('a host lives its life on Windows, whatever NODE_OPTIONS says: pipe, token, restart, stop, intent (W09, W14, W17, X03)', async (t) => {
    const config = wine().unix(win32.join(home(), 'config', 'services'));
    mkdirSync(config, { recursive: true });
    writeFileSync(join(config, 'memory.json'), '{"schema":1,"name":"memory","stopTimeoutSecs":2}');
    const direct = wine().start([windowsNode, '-e', '0'], injected).child;
    assert.deepEqual(await once(direct, 'exit'), [1, null], 'Node itself does not start');
    const first = supervise();
    const up = await live();

    await t.test('its pipe is named for this run alone, and the user stands in the endpoint (W17)', () => {
      assert.equal(up.endpoint.control, `\\\\.\\pipe\\memoryd-memory-${up.endpoint.nonce}`);
      assert.match(up.endpoint.user, /\\josé 日本$/);
    });

    await t.test('who does not show the token is told nothing and stops nothing (W17)', async () => {
      const { said } = await wine().ask<{ said: string }>('host.ts', { roots: roots(), op: 'intrude' });
      assert.deepEqual(JSON.parse(said), { ok: false, error: 'wrong proof' });
      assert.equal((await find()).kind, 'live');
    });

    await t.test('a second one finds the first and leaves', async () => {
      const second = supervise();
      const [code] = (await once(second, 'exit')) as [number];
      assert.equal(code, 0);
    });

    await t.test('killed, it is back in another process with another pipe', async () => {
      await wine().ask('host.ts', { roots: roots(), op: 'kill' });
      const next = await live(up.report.pid);
      assert.notEqual(next.endpoint.nonce, up.endpoint.nonce);
    });

    await t.test('asked over the pipe it stops, and its supervisor with it', async () => {
      const before = readFileSync(published());
      const gone = once(first, 'exit');
      assert.equal((await tell('stop')).kind, 'answered');
      assert.deepEqual(await gone, [0, null]);
      assert.equal(existsSync(published()), false);
      // What a host that was killed leaves behind, with a pid that is somebody else's now.
      const left = { ...JSON.parse(before.toString()), pid: 32 };
      writeFileSync(published(), JSON.stringify(left));
      assert.equal((await find()).kind, 'stale');
    });

    await t.test('revived while the user wants it down, it does nothing (W14)', async () => {
      writeFileSync(intent(), 'now\n');
      const revived = supervise();
      assert.deepEqual(await once(revived, 'exit'), [0, null]);
      assert.equal((await find()).kind, 'stale');
    });
  });
}
