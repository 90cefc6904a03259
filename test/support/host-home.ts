import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createFixture } from 'fs-fixture';
import { type Roots, type ServicePaths, servicePaths } from '../../src/layout.ts';
import { findEndpoint } from '../../src/runtime/find-endpoint.ts';
import { sweepLeftovers } from '../../src/runtime/leftovers.ts';
import { readSupervisor } from '../../src/runtime/supervisor-file.ts';
import { realSystem, type System } from '../../src/system/system.ts';
import { until } from './until.ts';

const entry = join(import.meta.dirname, 'host-entry.ts');

/** A free port outside the range that real users of this machine hash to. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  json: Record<string, unknown>;
}

/** One GET over a connection of its own. Rejects with the socket's error. */
export function get(port: number, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path, agent: false, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, json: JSON.parse(text) });
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}

/**
 * A home of its own with one service in it, and the host processes that tests start for it.
 * Disposing it stops what still runs, by the identities that were published.
 */
export class HostHome implements AsyncDisposable {
  readonly path: string;
  readonly service: string;
  readonly port: number;
  readonly roots: Roots;
  readonly paths: ServicePaths;
  readonly env: Record<string, string>;
  readonly system: System;
  readonly #children: ChildProcess[] = [];
  readonly #remove: () => Promise<void>;

  private constructor(path: string, service: string, port: number, remove: () => Promise<void>) {
    this.path = path;
    this.service = service;
    this.port = port;
    this.#remove = remove;
    this.roots = {
      config: join(path, 'config'),
      data: join(path, 'data'),
      state: join(path, 'state'),
      logs: join(path, 'logs'),
    };
    this.paths = servicePaths(this.roots, service);
    const { PATH = '', NODE_OPTIONS = '', NODE_COMPILE_CACHE = '' } = process.env;
    this.env = {
      PATH,
      NODE_OPTIONS,
      // Hosts that run from the sources start in half the time.
      NODE_COMPILE_CACHE,
      HOME: path,
      XDG_RUNTIME_DIR: join(path, 'run'),
      XDG_CONFIG_HOME: join(path, '.config'),
      TMPDIR: join(path, 'tmp'),
    };
    this.system = { ...realSystem(), env: this.env };
  }

  /** The definition says a free port unless `definition` says otherwise. */
  static async create(definition: Record<string, unknown> = {}): Promise<HostHome> {
    const fixture = await createFixture();
    const service = `t${Math.random().toString(36).slice(2, 10)}`;
    const port = await freePort();
    const home = new HostHome(fixture.path, service, port, () => fixture.rm());
    mkdirSync(join(home.path, 'run'), { mode: 0o700 });
    mkdirSync(join(home.path, 'tmp'), { mode: 0o700 });
    mkdirSync(join(home.roots.config, 'services'), { recursive: true, mode: 0o700 });
    home.define({ port, ...definition });
    return home;
  }

  define(definition: Record<string, unknown>): void {
    writeFileSync(this.paths.definition, JSON.stringify({ schema: 1, name: this.service, ...definition }));
  }

  /** Argv of a host of this service, as a unit would hold it. */
  argv(...flags: string[]): [string, ...string[]] {
    return [
      process.execPath,
      '--disable-warning=ExperimentalWarning',
      entry,
      'host',
      this.service,
      this.path,
      ...flags,
    ];
  }

  /** Starts a host; `env` is added to the home's. */
  spawn(env: Record<string, string> = {}, ...flags: string[]): ChildProcess {
    const [command, ...args] = this.argv(...flags);
    const child = spawn(command, args, { env: { ...this.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
    this.#children.push(child);
    return child;
  }

  /**
   * Starts `memoryd host` of the real command line, with the bundled daemon; `flags` are added. `main` is its entry, by
   * default the sources, and `nodeFlags` are Node's own: a host has no NODE_OPTIONS.
   */
  spawnCli(
    flags: readonly string[] = [],
    env: Record<string, string> = {},
    main = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts'),
    nodeFlags: readonly string[] = [],
  ): ChildProcess {
    const directories = Object.entries(this.roots).flatMap(([root, path]) => [`--${root}-dir`, path]);
    const args = [
      '--disable-warning=ExperimentalWarning',
      ...nodeFlags,
      main,
      'host',
      this.service,
      ...directories,
      ...flags,
    ];
    // The command drops the compile cache with the other variables of Node (decision 0030), and would start itself again.
    const { NODE_COMPILE_CACHE: _cache, ...kept } = this.env;
    const child = spawn(process.execPath, args, {
      env: { ...kept, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#children.push(child);
    return child;
  }

  async find() {
    return findEndpoint(this.system, this.roots, this.service);
  }

  /** The live host that is ready, and is not the one with the nonce `other`. */
  async ready(other?: string) {
    return until('the host is ready', async () => {
      const state = await this.find();
      if (state.kind !== 'live' || state.report.phase !== 'ready') throw new Error(JSON.stringify(state));
      return state.endpoint.nonce === other ? undefined : state;
    });
  }

  /** Ends everything that tests started here. */
  async down(): Promise<void> {
    const supervisor = await readSupervisor(this.system.files, this.paths);
    if (supervisor !== undefined && supervisor.start !== null && !supervisor.ended) {
      this.system.processes.signal(supervisor.pid, supervisor.start, 'SIGTERM');
    }
    const state = await this.find();
    if ('endpoint' in state && state.kind !== 'stale' && state.endpoint.start !== null) {
      this.system.processes.signal(state.endpoint.pid, state.endpoint.start, 'SIGKILL');
    }
    for (const child of this.#children) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
    }
    await until('everything is down', async () => {
      const left = await readSupervisor(this.system.files, this.paths);
      const gone = left === undefined || this.system.processes.startIdentity(left.pid) !== left.start;
      return gone && (await this.find()).kind !== 'live';
    });
    await sweepLeftovers(this.system, this.paths);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
    await this.#remove();
  }
}

/** How a child ended. */
export async function ended(child: ChildProcess): Promise<{ code: number | null; signal: string | null }> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return { code: child.exitCode, signal: child.signalCode };
}
