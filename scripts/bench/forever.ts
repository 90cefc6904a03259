import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type As, answerProgram, firstAnswer, timeCommand } from './processes.ts';

/** The last release, of 2021. See docs/decisions/0022-forever-is-fetched.md. */
const wanted = 'forever@4.0.3';

/** forever in its own home, fetched by npm. Disposing it stops its processes and removes the home. */
export class Forever implements AsyncDisposable {
  readonly #home: string;
  readonly #as: As;

  private constructor(home: string) {
    this.#home = home;
    const { PATH } = process.env;
    this.#as = { cwd: home, env: { PATH, HOME: home, FOREVER_ROOT: join(home, 'root') } };
  }

  /** `undefined` if npm cannot fetch it. */
  static async create(): Promise<Forever | undefined> {
    const home = await mkdtemp(join(tmpdir(), 'memoryd-forever-'));
    const options = ['--prefix', home, '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
    const { status } = spawnSync('npm', ['install', ...options, wanted], { cwd: home, stdio: 'ignore' });
    if (status === 0) return new Forever(home);
    await rm(home, { recursive: true, force: true });
    return undefined;
  }

  #run(...args: string[]): void {
    const bin = join(this.#home, 'node_modules', 'forever', 'bin', 'forever');
    timeCommand([process.execPath, bin, ...args], this.#as);
  }

  /** Runs a server on `port`. Returns the pid of the process that keeps it running. */
  async start(port: number): Promise<number> {
    this.#run('start', '--minUptime', '1000', '--spinSleepTime', '100', answerProgram, String(port));
    const stat = await readFile(`/proc/${await firstAnswer(port)}/stat`, 'utf8');
    // Field 2 may contain any character; the parent is field 4. proc(5)
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#run('stopall');
    await rm(this.#home, { recursive: true, force: true, maxRetries: 5 });
  }
}
