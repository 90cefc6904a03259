// A throw-away daemon: tells its pid and how many sockets it was handed, on socket 3 or on a port of its own.
// argv: port, another one for when that is taken, and an exit code to end with at once, if it shall.
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';

const [port, other, ending] = process.argv.slice(2);
if (ending !== undefined) process.exit(Number(ending));
const handed = Number(process.env.LISTEN_PID) === process.pid ? Number(process.env.LISTEN_FDS) : 0;
const server = createServer((_request, response) => {
  response.end(JSON.stringify({ pid: process.pid, handed }));
});
server.on('error', () => server.listen({ host: '127.0.0.1', port: Number(other) }));
server.on('listening', () => execFile('systemd-notify', ['--ready'], () => undefined));
server.listen(handed > 0 ? { fd: 3 } : { host: '127.0.0.1', port: Number(port) });
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
