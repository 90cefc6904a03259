import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { MemorydError, messageOf } from '../errors.ts';
import { type Roots, type ServicePaths, servicePaths } from '../layout.ts';
import type { DaemonOverrides } from '../service/daemon-settings.ts';
import { detachedEnvironment, leanEnvironment } from '../service/environment.ts';
import { closeDescriptor, openDescriptor } from '../system/descriptors.ts';
import type { Argv } from '../system/exec.ts';
import type { System } from '../system/system.ts';
import { portRequestFor } from './bind-port.ts';
import { earlySettings } from './early-settings.ts';
import { parseRecord, recordPath } from './launch-record.ts';
import { addressOf, listenOnFirst } from './listen.ts';
import { loadDefinition } from './load-definition.ts';
import { launchOutputFiles } from './logs/launch-output.ts';
import { logPolicy } from './logs/retention.ts';
import { LogWriter } from './logs/writer.ts';
import { ownsPort } from './owns-port.ts';
import { listenPortVariable, listenVariable } from './socket-activation.ts';

/** The descriptor of a listening server. Node has no public property for it. */
function descriptorOf(server: Server): number {
  return (server as unknown as { _handle: { fd: number } })._handle.fd;
}

/** A descriptor to pass on, and the port it listens on. */
interface Handed {
  fd: number;
  port: number | undefined;
  close(): void;
}

/** A placeholder for the socket, for a daemon that binds its port itself. */
function noSocket(): Handed {
  const fd = openDescriptor('/dev/null', 'r');
  return { fd, port: undefined, close: () => closeDescriptor(fd) };
}

async function bind(
  system: System,
  roots: Roots,
  service: string,
  overrides: DaemonOverrides,
): Promise<Handed> {
  const paths = servicePaths(roots, service);
  const read = await system.files.read(paths.definition);
  const definition = read.kind === 'content' ? read.text : undefined;
  const early = earlySettings(definition ?? '', overrides.listen);
  if (await ownsPort(system, roots, early)) return noSocket();
  const source = { definition, service, paths, options: { env: system.env, overrides } };
  const host = early.listen ?? (await loadDefinition(source)).daemon.listen;
  const server = createServer((socket) => socket.destroy());
  const wished = await portRequestFor(host, { system, service, paths, early }, (event, fields) => {
    // No other process of ours has the log open; the supervisor starts later.
    const log = new LogWriter(paths.logs, service, logPolicy(early.logs), system.clock);
    log.write(event, fields);
    log.close();
  });
  await listenOnFirst(server, wished, () => undefined);
  return { fd: descriptorOf(server), port: addressOf(server).port, close: () => server.close() };
}

/** A started process, with its start identity. */
export interface Launched {
  pid: number;
  start: string | null;
}

/** The file for the output of a launched process before it has a log. */
export function launchErrorsPath({ logs }: Pick<ServicePaths, 'logs'>): string {
  return join(logs, launchOutputFiles.own);
}

/**
 * Starts a process in its own session, so that it outlives this process and its terminal. Throws `failed` if it cannot
 * be started.
 */
async function startDetached(
  system: System,
  paths: ServicePaths,
  argv: Argv,
  cwd: string,
  socket: { fd: number; port: number | undefined },
  /** Called in the same turn of the event loop as the start. */
  onStart: () => void,
): Promise<Launched> {
  await system.files.makeDirectory(paths.logs);
  // Only for errors before there is a log. It is truncated at every launch, so it stays small (M12).
  const stderr = openDescriptor(launchErrorsPath(paths), 'w');
  const port = socket.port === undefined ? {} : { [listenPortVariable]: String(socket.port) };
  try {
    const env = { ...detachedEnvironment(system.env), ...leanEnvironment, [listenVariable]: '3', ...port };
    const stdio = ['ignore', stderr, stderr, socket.fd] as const;
    const child = system.exec.spawn(argv, { cwd, detached: true, env, stdio: [...stdio] });
    onStart();
    await once(child, 'spawn');
    child.unref();
    const pid = child.pid as number;
    return { pid, start: system.processes.startIdentity(pid) ?? null };
  } catch (error) {
    throw new MemorydError('failed', `cannot start ${argv[0]}: ${messageOf(error)}`, { cause: error });
  } finally {
    closeDescriptor(stderr);
  }
}

/**
 * Starts a supervisor that inherits the bound and listening socket of the service: from now on connections wait there
 * while hosts restart. Throws `failed` if the port cannot be bound or the program cannot be started.
 */
export async function launchSupervisor(
  system: System,
  roots: Roots,
  service: string,
  argv: Argv,
  cwd: string,
  overrides: DaemonOverrides = {},
): Promise<Launched> {
  const socket = await bind(system, roots, service, overrides);
  // A connection accepted by this process would be lost, so the server is closed before the event loop turns.
  return startDetached(system, servicePaths(roots, service), argv, cwd, socket, () => socket.close());
}

/**
 * Starts the successor of a supervisor, as the current launch record says, else as `argv`. The socket is passed on, so
 * that no connection is refused meanwhile. It is bound again if the definition now sets another port, or if it has
 * changed whether the daemon binds its port itself. Throws `failed` as `launchSupervisor` does.
 */
export async function handOver(
  system: System,
  roots: Roots,
  service: string,
  argv: Argv,
  socket: { fd: number; port: number | undefined } | undefined,
): Promise<void> {
  const paths = servicePaths(roots, service);
  const read = await system.files.read(recordPath(paths));
  const parsed = read.kind === 'content' ? parseRecord(read.text) : undefined;
  const next = parsed?.kind === 'valid' ? parsed.value.argv : argv;
  const cwd = parsed?.kind === 'valid' ? parsed.value.workingDirectory : process.cwd();
  const definition = await system.files.read(paths.definition);
  const early = earlySettings(definition.kind === 'content' ? definition.text : '');
  const held = socket?.port !== undefined;
  const moved = held && early.port !== undefined && early.port !== socket.port;
  if (socket === undefined || moved || held === (await ownsPort(system, roots, early))) {
    if (socket !== undefined) closeDescriptor(socket.fd);
    await launchSupervisor(system, roots, service, next, cwd);
    return;
  }
  await startDetached(system, paths, next, cwd, socket, () => undefined);
}
