import { type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** The directory, environment and user of a command. */
export type As = Pick<SpawnOptions, 'cwd' | 'env' | 'uid' | 'gid'>;

/** A minimal HTTP server. */
export const answerProgram = join(import.meta.dirname, 'programs', 'answer.mjs');

/** Runs a command. Returns its duration in milliseconds. Throws unless it exits with 0. */
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

/** Starts a command that runs while something else is measured. `ended` rejects unless it exits with 0. */
export function startCommand([command, ...args]: readonly [string, ...string[]], as: As = {}) {
  const child = spawn(command, args, { ...as, stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    words += chunk;
  });
  const ended = once(child, 'exit').then(([code]) => {
    if (code !== 0) throw new Error(`${[command, ...args].join(' ')}: exit ${code}\n${words}`);
  });
  // The caller may handle the rejection later, or never.
  ended.catch(() => undefined);
  return { child, ended };
}

/**
 * Sends one `GET` over a new connection, with little overhead. Returns the body. Rejects with the error of the socket.
 */
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

/** Sends requests until a process other than `not` answers. Returns its pid. Throws after 30 seconds. */
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

/** The milliseconds from starting the minimal server to its first answer. It is killed afterwards. */
export async function timeBareStart(node: string, port: number): Promise<number> {
  const started = performance.now();
  const child = spawn(node, [answerProgram, String(port)], { stdio: 'ignore' });
  await firstAnswer(port);
  const took = performance.now() - started;
  child.kill('SIGKILL');
  await once(child, 'exit');
  return took;
}
