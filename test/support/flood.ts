import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFixture } from 'fs-fixture';
import { isOpenToAll } from './lab.ts';
import { until } from './until.ts';

/** Whose connections: another user than anybody's who runs tests, without an entry in the password database. */
export const attackerUid = 54_321;

interface FloodOptions {
  port: number;
  processes: number;
  /** Connections each of them opens. */
  each: number;
  /** Whether each that is closed is opened again, for as long as the flood lasts. */
  reopen?: boolean;
  /** This process's own user without it. */
  uid?: number;
}

/** Silent connections to a port of this machine, held by processes of another user. */
export class Flood implements AsyncDisposable {
  readonly #children: ChildProcess[];
  readonly #remove: () => Promise<void>;

  private constructor(children: ChildProcess[], remove: () => Promise<void>) {
    this.#children = children;
    this.#remove = remove;
  }

  /** Resolves when every connection was open once. */
  static async start({ port, processes, each, reopen = false, uid }: FloodOptions): Promise<Flood> {
    const fixture = await createFixture({});
    chmodSync(fixture.path, 0o755);
    let node = process.execPath;
    if (!(await isOpenToAll(node))) {
      node = join(fixture.path, 'node');
      copyFileSync(process.execPath, node);
    }
    const attacker = join(fixture.path, 'attacker.mjs');
    copyFileSync(join(import.meta.dirname, 'attacker.mjs'), attacker);
    const identity = uid === undefined ? {} : { uid, gid: uid };
    const args = [attacker, String(port), String(each), ...(reopen ? ['reopen'] : [])];
    const children = Array.from({ length: processes }, () =>
      spawn(node, args, { ...identity, env: {}, cwd: '/', stdio: ['pipe', 'pipe', 'inherit'] }),
    );
    const flood = new Flood(children, () => fixture.rm());
    try {
      const opened = children.map((child) =>
        once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data'),
      );
      let open = false;
      Promise.all(opened).then(
        () => {
          open = true;
        },
        () => undefined,
      );
      await until(`${processes * each} connections were opened`, () => open, 180_000);
    } catch (error) {
      await flood[Symbol.asyncDispose]();
      throw error;
    }
    return flood;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const running = this.#children.filter(
      ({ exitCode, signalCode }) => exitCode === null && signalCode === null,
    );
    const ends = running.map((child) => once(child, 'exit'));
    for (const child of running) child.kill('SIGKILL');
    await Promise.all(ends);
    await this.#remove();
  }
}
