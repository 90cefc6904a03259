// What a unit runs, with a daemon that does what tests ask for. Arguments: host <name> [--supervise [--revived]] <home>
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Daemon } from '../../src/daemon/daemon.ts';
import { bundled, type HostDependencies } from '../../src/host/dependencies.ts';
import { hostMain } from '../../src/host/main.ts';
import { realSystem } from '../../src/system/system.ts';

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://test');
  if (pathname === '/slow') await delay(Number(searchParams.get('ms')));
  if (pathname === '/stream') {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: open\n\n');
    return;
  }
  if (pathname === '/hang') {
    // As a loop that never ends would, without its heat.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
  if (pathname === '/throw') {
    setImmediate(() => {
      throw new Error('thrown on purpose');
    });
  }
  response.end(JSON.stringify({ pid: process.pid, path: pathname }));
}

/** Everything under way; streams end with the daemon. */
const open = new Set<ServerResponse>();

const stub: HostDependencies = {
  async createDaemon(): Promise<Daemon> {
    const { MEMORYD_TEST_LOAD_MS: loadMs = '0', MEMORYD_TEST_FAIL: failure } = process.env;
    await delay(Number(loadMs));
    if (failure !== undefined) throw new Error(failure);
    return {
      handle(request, response) {
        open.add(response);
        response.once('close', () => open.delete(response));
        void answer(request, response);
      },
      counters: () => ({ open: open.size }),
      async close() {
        for (const stream of open) if (stream.req.url === '/stream') stream.end('data: closed\n\n');
      },
    };
  },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { supervise: { type: 'boolean' }, revived: { type: 'boolean' }, bundled: { type: 'boolean' } },
});
const [, name = '', home = ''] = positionals;
const roots = {
  config: join(home, 'config'),
  data: join(home, 'data'),
  state: join(home, 'state'),
  logs: join(home, 'logs'),
};
await hostMain(
  { system: realSystem(), roots },
  name,
  { supervise: values.supervise === true, revived: values.revived === true },
  values.bundled === true ? bundled : stub,
);
