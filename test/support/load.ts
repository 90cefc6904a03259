import { Agent, request } from 'node:http';

/** What clients of a port met, one new connection a request. */
export interface Met {
  answered: number;
  refused: number;
  reset: number;
  slowestMs: number;
}

export interface Load {
  /** So far. */
  met: Met;
  /** Ends the clients and gives what they met. */
  stop(): Promise<Met>;
}

function ask(url: string): Promise<'answered' | 'refused' | 'reset'> {
  return new Promise((resolve) => {
    const asked = request(url, { agent: new Agent({ keepAlive: false }) }, (response) => {
      response.resume();
      response.once('end', () => resolve('answered'));
      response.once('error', () => resolve('reset'));
    });
    asked.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'ECONNREFUSED' ? 'refused' : 'reset'),
    );
    asked.end();
  });
}

/** `clients` of `url` that ask one after another until they are stopped. */
export function startLoad(url: string, clients = 4): Load {
  const met: Met = { answered: 0, refused: 0, reset: 0, slowestMs: 0 };
  let going = true;
  const client = async () => {
    while (going) {
      const began = performance.now();
      met[await ask(url)] += 1;
      met.slowestMs = Math.max(met.slowestMs, performance.now() - began);
    }
  };
  const all = Array.from({ length: clients }, client);
  return {
    met,
    async stop() {
      going = false;
      await Promise.all(all);
      return met;
    },
  };
}
