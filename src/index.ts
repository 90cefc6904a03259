/**
 * memoryd as functions: what the commands do, for programs that want to be kept running themselves.
 * Everything acts for the user this process runs as. See docs/library.md.
 */

import { inspectService } from './install/inspect.ts';
import { install as installService } from './install/install.ts';
import { operate } from './install/operate.ts';
import { serviceNames } from './install/service-names.ts';
import { thisMachine } from './install/this-machine.ts';
import { uninstall as uninstallService } from './install/uninstall.ts';
import { build, version } from './package.ts';
import type { ServiceStatus } from './service/status.ts';
import { statusOf } from './service/status-of.ts';
import type { BackendName } from './service/unit.ts';

export { type ErrorKind, exitCodes, MemorydError } from './errors.ts';
export type { ConnectionReport } from './service/connection-report.ts';
export type { ExternalStatus } from './service/external-status.ts';
export type { HealthLayers, ServiceState, ServiceStatus } from './service/status.ts';
export type { BackendName } from './service/unit.ts';

/** How a daemon is asked whether it serves. Paths are on its own address. */
export type Probe =
  | {
      kind: 'http';
      path?: string;
      status?: number[];
      json?: Record<string, string | number | boolean | null>;
    }
  | { kind: 'mcp'; path?: string }
  | { kind: 'tcp' }
  | { kind: 'command'; argv: string[] };

/** How a daemon is asked to stop, `graceSecs` before what is left of it is killed. */
export type Stop = { graceSecs?: number } & (
  | { kind: 'signal'; signal?: 'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'SIGHUP' }
  | { kind: 'http'; method?: 'POST' | 'DELETE' | 'GET'; path: string }
  | { kind: 'stdin' }
);

/**
 * What a service is to be: the fields of its definition, all optional. Without `command` and `adapter` the bundled
 * memory daemon runs. What is not said stays as it is; on a new service it takes its default.
 */
export interface ServiceRequest {
  description?: string;
  /** A daemon memoryd knows; `memoryd adapters` lists them. */
  adapter?: string;
  /** The daemon's argv, without a shell. `{port}`, `{url}`, `{dataDir}` and `{home}` are filled in. */
  command?: string[];
  /** `stdio`: it speaks MCP on its standard streams, and memoryd serves it over HTTP. */
  transport?: 'http' | 'stdio';
  /** Where MCP clients find it: `/mcp`. */
  mcpPath?: string;
  probe?: Probe;
  useful?: Probe;
  watch?: { intervalSecs?: number; timeoutSecs?: number; threshold?: number };
  stop?: Stop;
  /** By exit code, what an end means. */
  exitCodes?: Record<string, 'restart' | 'yield' | 'refuse'>;
  restart?: { maxDelaySecs?: number; stableSecs?: number; exits?: number; windowSecs?: number };
  /** It is restarted when its processes take more than this together. */
  maxMemoryMb?: number;
  environment?: Record<string, string>;
  workingDirectory?: string;
  dataDir?: string;
  /** A fixed port; without it it is hashed from the user's name. */
  port?: number;
  startAtLogin?: boolean;
  sandbox?: 'off' | 'default' | 'strict';
  startTimeoutSecs?: number;
  stopTimeoutSecs?: number;
  logs?: { maxFileMb?: number; keepDays?: number; keepTotalMb?: number; compress?: boolean };
}

export interface InstallOptions {
  /** Values for the service's secrets file, which only the daemon is given. */
  secrets?: Record<string, string>;
  /** The machine's own service manager without it. */
  backend?: BackendName;
}

/** What `install` has made sure of. */
export interface Installed {
  /** `http://127.0.0.1:8353` */
  url: string;
  port: number;
  backend: BackendName;
  /** False when everything already was as wanted. */
  changed: boolean;
}

/**
 * Installs or updates a service, and resolves when it answers. Doing it again changes nothing.
 * Throws a MemorydError, with what ran before running again.
 */
export async function install(
  name: string,
  request: ServiceRequest = {},
  { secrets, backend }: InstallOptions = {},
): Promise<Installed> {
  const done = await installService(thisMachine(), { name, changes: { ...request }, backend, secrets });
  const { plan, port } = done;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    backend: done.backend.name,
    changed: plan.steps.length > 0,
  };
}

/** Takes a service away, and resolves when nothing answers. Gives the directories that are left; with `purge` its memories go too. */
export async function uninstall(
  name: string,
  { purge = false }: { purge?: boolean } = {},
): Promise<{ left: string[] }> {
  const { left } = await uninstallService(thisMachine(), { name, purge });
  return { left };
}

/** How a service is. Never throws for one that is not installed: that is an answer. */
export async function status(name: string): Promise<ServiceStatus> {
  return statusOf(await inspectService(thisMachine(), name), { version, build });
}

/** Starts an installed service, and resolves when it answers. */
export async function start(name: string): Promise<void> {
  await operate(thisMachine(), { name, verb: 'start' });
}

/**
 * Stops a service, and resolves when nothing answers. It starts again at the next login, except on Windows, where it
 * stays stopped until it is started.
 */
export async function stop(name: string): Promise<void> {
  await operate(thisMachine(), { name, verb: 'stop' });
}

/** Restarts a service, and resolves when it answers. */
export async function restart(name: string): Promise<void> {
  await operate(thisMachine(), { name, verb: 'restart' });
}

/** The names of this user's services; the default one when there are none. */
export async function list(): Promise<string[]> {
  return serviceNames(thisMachine());
}
