// A daemon of somebody else's, as bad as asked for: `fake-daemon.ts --port N [--behaviour[=value]]…`
import { spawn } from 'node:child_process';
import { appendFileSync, closeSync } from 'node:fs';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    /** Address to listen at. */
    host: { type: 'string', default: '127.0.0.1' },
    /** Milliseconds until it listens. */
    slow: { type: 'string', default: '0' },
    'ignore-sigterm': { type: 'boolean' },
    /** Ends with code 0 when it is asked to. */
    polite: { type: 'boolean' },
    /** Grandchildren: so many in the group, and as many that leave it and their parent. */
    fork: { type: 'string', default: '0' },
    /** Ends at once with this code. */
    exit: { type: 'string' },
    /** Ends with code 0 when the port is taken, as claude-mem does. */
    yield: { type: 'boolean' },
    /** Prints this and no newline. */
    print: { type: 'string' },
    /** Prints so many numbered lines as fast as it can. */
    flood: { type: 'string', default: '0' },
    'close-stdout': { type: 'boolean' },
    /** Appends what it was started with to this file. */
    record: { type: 'string' },
  },
});

if (values.print !== undefined) process.stdout.write(values.print);
if (values.record !== undefined) {
  appendFileSync(
    values.record,
    `${JSON.stringify({ pid: process.pid, argv: process.argv.slice(2), env: process.env })}\n`,
  );
}
if (values.exit !== undefined) {
  process.stderr.write('it says no\n');
  process.exit(Number(values.exit));
}
if (values.polite) process.on('SIGTERM', () => process.exit(0));
if (values['ignore-sigterm']) process.on('SIGTERM', () => process.stderr.write('never\n'));
for (let i = 0; i < Number(values.fork); i += 1) {
  // Not for ever: what leaves everybody must not outlive a test that was cut off.
  const sleeper = 'setTimeout(() => {}, 300_000)';
  spawn(process.execPath, ['-e', sleeper], { stdio: 'ignore' });
  // Started by a process that is gone at once, in a session of its own: nothing but its environment tells whose it is.
  const parent = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(sleeper)}], { detached: true, stdio: 'ignore' }).unref()`;
  spawn(process.execPath, ['-e', parent], { stdio: 'ignore' });
}
if (values['close-stdout']) closeSync(1);

/** Asked for /hang it stops answering, as in a deadlock; asked for /eat it takes so many megabytes and keeps them. */
let hanging = false;
const eaten: Buffer[] = [];
const server = createServer((request, response) => {
  if (request.url === '/hang') hanging = true;
  if (request.url === '/shutdown' && request.method === 'POST') {
    response.end('{}');
    process.stderr.write('asked to shut down\n');
    server.close(() => process.exit(0));
    server.closeAllConnections();
    return;
  }
  if (request.url?.startsWith('/eat/')) eaten.push(Buffer.alloc(Number(request.url.slice(5)) * 1_048_576, 1));
  if (hanging) return;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ status: 'ok', pid: process.pid }));
});
server.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EADDRINUSE' && values.yield) process.exit(0);
  throw error;
});

function flood(from: number, to: number): void {
  for (let i = from; i < to; i += 1) {
    if (!process.stdout.write(`line ${i} of a daemon that has a lot to say about very little\n`)) {
      process.stdout.once('drain', () => flood(i + 1, to));
      return;
    }
  }
}

setTimeout(() => {
  server.listen({ port: Number(values.port), host: values.host }, () => flood(0, Number(values.flood)));
}, Number(values.slow));
