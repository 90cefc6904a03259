import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface Load {
  answered: number;
  refused: number;
  /** Accepted and then cut off: what was in flight when the daemon was killed. */
  reset: number;
}

/** One request on a connection of its own. */
function once(port: number): Promise<keyof Load> {
  return new Promise((resolve) => {
    let connected = false;
    let received = 0;
    const socket = connect(port, '127.0.0.1', () => {
      connected = true;
      socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    });
    socket.on('data', (chunk) => {
      received += chunk.length;
    });
    socket.on('error', () => resolve(connected ? 'reset' : 'refused'));
    socket.on('close', () => resolve(received > 0 ? 'answered' : 'reset'));
  });
}

/** Four clients that ask again and again while `body` runs. */
export async function load(port: number, body: () => Promise<void>): Promise<Load> {
  const seen: Load = { answered: 0, refused: 0, reset: 0 };
  let over = false;
  const client = async () => {
    while (!over) {
      seen[await once(port)] += 1;
      await delay(5);
    }
  };
  const clients = [client(), client(), client(), client()];
  try {
    await body();
  } finally {
    over = true;
    await Promise.all(clients);
  }
  return seen;
}

/** A port that is free now, and so are the three after it. */
export async function freePorts(): Promise<number> {
  const free = (port: number) =>
    new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const all = await Promise.all([port, port + 1, port + 2, port + 3].map(free));
    if (!all.includes(false)) return port;
  }
}
