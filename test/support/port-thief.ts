import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { LabUser } from './user-manager.ts';

/** What reached the thief. */
export interface Loot {
  connections: number;
  bytes: Buffer;
}

/** A program of another user that binds a port as soon as it is free (test/support/squatter.mjs). */
export class PortThief implements AsyncDisposable {
  readonly #child: ReturnType<LabUser['spawn']>;
  readonly #replies: ((value: Record<string, unknown>) => void)[] = [];
  #took: (() => void) | undefined;

  private constructor(child: ReturnType<LabUser['spawn']>) {
    this.#child = child;
    child.stderr.pipe(process.stderr);
    createInterface({ input: child.stdout }).on('line', (line) => {
      const value = JSON.parse(line) as Record<string, unknown>;
      if ('took' in value) this.#took?.();
      else this.#replies.shift()?.(value);
    });
  }

  static async of(user: LabUser): Promise<PortThief> {
    const directory = await user.bring(['test/support/squatter.mjs']);
    return new PortThief(user.spawn([user.node, join(directory, 'test/support/squatter.mjs')]));
  }

  /** Copies what `/health` says at the port and polls to bind it; resolves once it is bound. */
  take(port: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#took = resolve;
    this.#child.stdin.write(`take ${port}\n`);
    return promise;
  }

  async #ask(verb: string): Promise<Record<string, unknown>> {
    const { promise, resolve } = Promise.withResolvers<Record<string, unknown>>();
    this.#replies.push(resolve);
    this.#child.stdin.write(`${verb}\n`);
    return promise;
  }

  /** Stops polling, and lets go of the port if it was bound. */
  async drop(): Promise<void> {
    await this.#ask('drop');
  }

  /** All that ever came. */
  async loot(): Promise<Loot> {
    const { connections, bytes } = await this.#ask('report');
    return { connections: Number(connections), bytes: Buffer.from(String(bytes), 'base64') };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }
}
