import { type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** How and as whom a command is run. */
export type As = Pick<SpawnOptions, 'cwd' | 'env' | 'uid' | 'gid'>;

/** The least that answers over HTTP. */
export const answerProgram = join(import.meta.dirname, 'programs', 'answer.mjs');

/** Milliseconds from starting a command to its end. Throws unless it exits 0. */
export function timeCommand([command, ...args]: readonly [string, ...string[]], as: As = {}): number {
  const started = performance.now();
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    ...as,
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1 << 28,
  });
  const took = performance.now() - started;
  if (status === 0) return took;
  throw new Error(
    `${[command, ...args].join(' ')}: ${error?.message ?? `exit ${status}`}\n${stdout}${stderr}`,
  );
}

/** A command that goes on while something else is watched. `ended` rejects unless it exits 0. */
export function startCommand([command, ...args]: readonly [string, ...string[]], as: As = {}) {
  const child = spawn(command, args, { ...as, stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    words += chunk;
  });
  const ended = once(child, 'exit').then(([code]) => {
    if (code !== 0) throw new Error(`${[command, ...args].join(' ')}: exit ${code}\n${words}`);
  });
  // Whoever waits for an answer looks at this later, or never.
  ended.catch(() => undefined);
  return { child, ended };
}

/** One `GET` over a connection of its own, in as few steps as there are; gives the body. Rejects with the socket's error. */
function ask(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(port, '127.0.0.1');
    let text = '';
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      text += chunk;
    });
    socket.on('close', () => {
      if (text === '') reject(new Error('closed without an answer'));
      else resolve(text.slice(text.indexOf('\r\n\r\n') + 4));
    });
    socket.write(`GET /health HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`);
  });
}

/** Asks until a process answers that is not `not`; gives its pid. Throws after half a minute. */
export async function firstAnswer(port: number, not?: number): Promise<number> {
  const end = performance.now() + 30_000;
  for (;;) {
    try {
      const { pid } = JSON.parse(await ask(port)) as { pid: number };
      if (pid !== not) return pid;
    } catch (error) {
      if (performance.now() > end) throw new Error(`nobody answers on port ${port}`, { cause: error });
    }
    await delay(1);
  }
}

/** Milliseconds from starting the least there is to its first answer; it is killed afterwards. */
export async function timeBareStart(node: string, port: number): Promise<number> {
  const started = performance.now();
  const child = spawn(node, [answerProgram, String(port)], { stdio: 'ignore' });
  await firstAnswer(port);
  const took = performance.now() - started;
  child.kill('SIGKILL');
  await once(child, 'exit');
  return took;
}
