// Opens silent connections to a port of this machine and holds them: attacker.mjs <port> <count> [reopen]
// With `reopen`, each that is closed is opened again. Prints a line when it has opened `count`, and ends with its standard input.
import { createConnection } from 'node:net';

const [port, count, reopen] = process.argv.slice(2);
/** Connections that are on their way at once: more would only wait for each other. */
const atOnce = 64;
let opened = 0;
let started = 0;

function open() {
  started += 1;
  const socket = createConnection(Number(port), '127.0.0.1');
  let connected = false;
  socket.on('connect', () => {
    connected = true;
    opened += 1;
    if (opened === Number(count)) process.stdout.write(`opened ${opened}\n`);
    next();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    if (!connected) started -= 1;
    if (connected && reopen === undefined) return;
    setTimeout(connected ? open : next, 100);
  });
  socket.resume();
}

function next() {
  if (started < Number(count)) open();
}

for (let at = 0; at < atOnce; at += 1) next();
process.stdin.on('end', () => process.exit(0)).resume();
