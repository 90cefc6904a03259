import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, win32 } from 'node:path';
import which from 'which';
import type { Skip } from '../support/machine-needs.ts';
import { windowsNode } from './windows-node.ts';

/** Debian's wine64 puts no `wine` on PATH. */
const wine = which.sync('wine64', { nothrow: true, path: `${process.env.PATH}:/usr/lib/wine` });
const wineserver = which.sync('wineserver64', { nothrow: true, path: `${process.env.PATH}:/usr/lib/wine` });

export const needsWine: Skip =
  wine === null || wineserver === null
    ? 'needs wine64'
    : existsSync(windowsNode)
      ? false
      : 'needs Node for Windows: node scripts/run.mjs scripts/get-windows-node.ts';

/** Of a user whose name no code page has whole (W09). */
export const userName = 'José 日本';

const longestMs = 60_000;

/** How a Windows program ended; Linux keeps eight bits of the code. */
export interface Ended {
  code: number | null;
  output: string;
}

/** A Windows of its own in a temporary directory, with one user. */
export class Wine {
  readonly #directory = mkdtempSync(join(tmpdir(), 'memoryd-wine-'));
  readonly #env: Record<string, string>;
  #count = 0;

  constructor() {
    this.#env = {
      PATH: process.env.PATH ?? '',
      HOME: this.#directory,
      // Where its server puts the socket, and leaves it.
      TMPDIR: this.#directory,
      LANG: 'C.UTF-8',
      USER: userName,
      LOGNAME: userName,
      WINEPREFIX: join(this.#directory, 'prefix'),
      WINEDEBUG: '-all',
      // No prompts for .NET and HTML engines, no display.
      WINEDLLOVERRIDES: 'mscoree,mshtml=',
      DISPLAY: '',
    };
  }

  async boot(): Promise<void> {
    await this.run(['wineboot', '--init']);
    // What Node for Windows asks for.
    await this.run(['winecfg', '-v', 'win10']);
    // Its Task Scheduler cannot be started in the session that made the prefix.
    await this.shutDown();
    await this.logOn();
  }

  /** What a login starts; a program that stays keeps Wine from shutting down and booting between two others. */
  async logOn(): Promise<void> {
    await this.run(['wineboot']);
    this.start([windowsNode, '-e', 'setInterval(() => {}, 1e6)']);
  }

  /** What lies at a path of drive C. */
  unix(windowsPath: string): string {
    return join(this.#env.WINEPREFIX as string, 'drive_c', ...windowsPath.split('\\').slice(1));
  }

  /** A path of this machine as Windows sees it. */
  static windows(path: string): string {
    return `Z:${path.replaceAll('/', '\\')}`;
  }

  get profile(): string {
    return `C:\\users\\${userName}`;
  }

  get local(): string {
    return win32.join(this.profile, 'AppData', 'Local');
  }

  /** A fresh path in the profile's temporary directory, as Windows and as Linux see it. */
  file(name: string): { windows: string; unix: string } {
    this.#count += 1;
    const windows = win32.join(this.local, 'Temp', `${this.#count} ${name}`);
    mkdirSync(this.unix(win32.dirname(windows)), { recursive: true });
    return { windows, unix: this.unix(windows) };
  }

  /** A Windows program that stays. Its output goes to files: Node for Windows throws EBADF on a Linux pipe. */
  start(
    argv: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): { child: ChildProcess; output(): string } {
    this.#count += 1;
    const log = join(this.#directory, `${this.#count}.log`);
    const descriptor = openSync(log, 'w');
    const child = spawn(wine as string, argv, {
      env: { ...this.#env, ...env },
      cwd: this.#directory,
      stdio: ['ignore', descriptor, descriptor],
    });
    return { child, output: () => readFileSync(log, 'latin1') };
  }

  async run(argv: readonly string[]): Promise<Ended> {
    const { child, output } = this.start(argv);
    const tooLong = setTimeout(() => child.kill('SIGKILL'), longestMs);
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    clearTimeout(tooLong);
    if (signal !== null) throw new Error(`${argv.join(' ')}: ${signal} after ${longestMs} ms: ${output()}`);
    return { code, output: output() };
  }

  /** Runs a program of test/wine/programs on Node for Windows; gives what it was asked to find out. */
  async ask<T>(program: string, input: unknown, node = windowsNode): Promise<T> {
    const [from, to] = [this.file('in.json'), this.file('out.json')];
    writeFileSync(from.unix, JSON.stringify(input));
    const path = Wine.windows(join(import.meta.dirname, 'programs', program));
    const { code, output } = await this.run([node, path, from.windows, to.windows]);
    if (code !== 0) throw new Error(`${program}: exit ${code}: ${output}`);
    return JSON.parse(readFileSync(to.unix, 'utf8')) as T;
  }

  /** Ends all its processes: a log-off. */
  async shutDown(): Promise<void> {
    const child = spawn(wineserver as string, ['-k', '-w'], { env: this.#env, stdio: 'ignore' });
    await once(child, 'exit');
  }

  async remove(): Promise<void> {
    await this.shutDown();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
