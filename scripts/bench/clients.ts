import { Agent, request } from 'node:http';

/** A request of a client, and its name in the results. */
export interface Asked {
  kind: string;
  method: 'GET' | 'POST';
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

/** The milliseconds of every answer, by kind, and the duration of all requests. */
export interface Answers {
  times: Map<string, number[]>;
  seconds: number;
}

function ask(port: number, agent: Agent, { method, path, headers, body, kind }: Asked): Promise<number> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, agent, method, path, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200 && !text.includes('"isError":true'))
          resolve(performance.now() - started);
        else reject(new Error(`${kind}: ${response.statusCode} ${text.slice(0, 200)}`));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/**
 * Runs `clients` clients for `ms`. Each sends one request after another over its own keep-alive connection. Rejects at
 * the first wrong answer.
 */
export async function underClients(
  port: number,
  clients: number,
  ms: number,
  nth: (client: number, n: number) => Asked,
): Promise<Answers> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const times = new Map<string, number[]>();
  const started = performance.now();
  const client = async (id: number) => {
    for (let n = 0; performance.now() - started < ms; n += 1) {
      const asked = nth(id, n);
      const took = await ask(port, agent, asked);
      const all = times.get(asked.kind);
      if (all === undefined) times.set(asked.kind, [took]);
      else all.push(took);
    }
  };
  try {
    await Promise.all(Array.from({ length: clients }, (_, id) => client(id)));
  } finally {
    agent.destroy();
  }
  return { times, seconds: (performance.now() - started) / 1000 };
}
