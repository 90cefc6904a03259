// A daemon in a process of its own, to be killed: `node daemon-process.ts <data directory> [port]` prints its port.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createDaemon } from '../../src/daemon/index.ts';
import { daemonSettingsSchema } from '../../src/service/daemon-settings.ts';
import { systemClock } from '../../src/system/clock.ts';
import { systemExec } from '../../src/system/exec.ts';

const dataDir = process.argv[2];
if (dataDir === undefined) throw new Error('usage: daemon-process.ts <data directory> [port]');

const server = createServer((request, response) => daemon.handle(request, response));
await new Promise<void>((resolve) => server.listen(Number(process.argv[3] ?? 0), '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;
const daemon = createDaemon({
  service: 'memory',
  version: '0.0.0-test',
  dataDir,
  token: 'the-token-of-the-tests',
  port,
  settings: daemonSettingsSchema.parse({
    sessions: { rateLimit: 0, maxSessions: 0 },
    sync: { rateLimit: 0 },
  }),
  log: () => undefined,
  clock: systemClock,
  exec: systemExec,
});
process.stdout.write(`${port}\n`);
// Ends with whoever started it, even when that one was killed.
process.stdin.on('end', () => process.exit(0)).resume();
