import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type As, answerProgram, timeCommand } from './processes.ts';

const bin = createRequire(import.meta.url).resolve('pm2/bin/pm2');

/** pm2 in its own home. Disposing it stops its daemon and all its processes. */
export class Pm2 implements AsyncDisposable {
  readonly #home: string;
  readonly #as: As;

  private constructor(home: string) {
    this.#home = home;
    const { PATH } = process.env;
    this.#as = { cwd: home, env: { PATH, HOME: home, PM2_HOME: join(home, '.pm2') } };
  }

  static async create(): Promise<Pm2> {
    return new Pm2(await mkdtemp(join(tmpdir(), 'memoryd-pm2-')));
  }

  argv(...args: string[]): [string, ...string[]] {
    return [process.execPath, bin, ...args];
  }

  get as(): As {
    return this.#as;
  }

  /** Runs a pm2 command. Returns its duration in milliseconds. */
  run(...args: string[]): number {
    return timeCommand(this.argv(...args), this.#as);
  }

  /** The argv that starts a server on `port`, which is restarted without a limit. */
  startArgv(port: number): [string, ...string[]] {
    const options = ['--name', 'bench', '--max-restarts', '1000'];
    return this.argv('start', answerProgram, ...options, '--', String(port));
  }

  /** The pid of the daemon of pm2. */
  async daemonPid(): Promise<number> {
    return Number(await readFile(join(this.#home, '.pm2', 'pm2.pid'), 'utf8'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.run('kill');
    await rm(this.#home, { recursive: true, force: true, maxRetries: 5 });
  }
}
