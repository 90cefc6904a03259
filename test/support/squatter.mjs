// Another user's program that wants a port. Told line by line on standard input, answers with one JSON line each:
//   take <port>   copies what /health says there, and binds the port as soon as it can; answers once it has it
//   drop          lets go of the port, and cuts off who is connected
//   report        how many connections came, and all the bytes they sent
import { createServer, request } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { createInterface } from 'node:readline';

const received = [];
let connections = 0;
let health = '{}';
let server;
let wanted;

const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

function copyHealth(port) {
  return new Promise((resolve) => {
    const asked = request({ host: '127.0.0.1', port, path: '/health', agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => {
        health = text;
        resolve();
      });
    });
    asked.on('error', resolve);
    asked.end();
  });
}

/** Answers everything as the daemon would answer /health, and holds event streams open. */
const http = createServer((incoming, response) => {
  incoming.resume();
  if (incoming.method === 'GET' && incoming.headers.accept?.includes('event-stream')) {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    return;
  }
  response.writeHead(200, { 'content-type': 'application/json' }).end(health);
});

const open = new Set();

function bind(port) {
  if (wanted !== port) return;
  const candidate = createTcpServer((socket) => {
    connections += 1;
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    http.emit('connection', socket);
    // Only now: the HTTP server would read past a listener that was there before.
    socket.on('data', (chunk) => received.push(chunk));
  });
  // A pause this short misses no gap, and leaves the processor to those it attacks.
  candidate.once('error', () => setTimeout(bind, 1, port));
  candidate.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
    server = candidate;
    say({ took: port });
  });
}

for await (const line of createInterface({ input: process.stdin })) {
  const [verb, argument] = line.split(' ');
  if (verb === 'take') {
    wanted = Number(argument);
    await copyHealth(wanted);
    bind(wanted);
  } else if (verb === 'drop') {
    wanted = undefined;
    for (const socket of open) socket.destroy();
    const closing = server;
    server = undefined;
    if (closing === undefined) say({ dropped: false });
    else closing.close(() => say({ dropped: true }));
  } else if (verb === 'report') {
    say({ connections, bytes: Buffer.concat(received).toString('base64') });
  }
}
process.exit(0);
