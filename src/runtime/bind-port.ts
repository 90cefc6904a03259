import type { Server } from 'node:net';
import { messageOf } from '../errors.ts';
import type { ServicePaths } from '../layout.ts';
import type { Log } from '../service/log.ts';
import { isFixedBasis, portBasis, portCandidates } from '../service/port.ts';
import type { Files } from '../system/files.ts';
import type { System } from '../system/system.ts';
import type { EarlySettings } from './early-settings.ts';
import { addressOf, type ListenRequest, listenInherited, listenOnFirst } from './listen.ts';
import { type PortChoice, readPort, writePort } from './port-file.ts';
import { takeSocket } from './socket-activation.ts';

/** What is needed to choose a port. */
interface PortContext {
  system: System;
  service: string;
  paths: ServicePaths;
  early: EarlySettings;
}

/** What is also needed to bind it. */
export interface BindContext extends PortContext {
  log: Log;
  /** The environment. The variables of an inherited socket are removed from it. */
  env: NodeJS.ProcessEnv;
}

/** The ports to try, and the current content of `port.json`. */
export interface PortRequest extends ListenRequest {
  basis: string;
  persisted: PortChoice | undefined;
}

/**
 * The kept port, then the candidates. Candidates are hashed only if the kept port cannot be bound: a hash makes Node
 * load all of its cryptography.
 */
function portsOf(kept: number | undefined, candidates: () => readonly number[]): Iterable<number> {
  return {
    *[Symbol.iterator]() {
      if (kept !== undefined) yield kept;
      yield* candidates().filter((port) => port !== kept);
    },
  };
}

/**
 * The ports to try: only the one of the definition; else the kept one, then the candidates of the user. If another
 * process holds the kept port, the token may have to be replaced (see token-exposure.ts). Throws `permission` if
 * `port.json` cannot be read.
 */
export async function portRequestFor(host: string, context: PortContext, log: Log): Promise<PortRequest> {
  const { system, service, paths, early } = context;
  const persisted = await readPort(system.files, paths);
  const { user, platform } = system;
  const basis = portBasis(early.port, user.name, service, platform);
  const onTaken = async (port: number) => {
    // Clients are only configured with the kept port.
    if (port !== persisted?.port) return;
    const { protectToken } = await import('./token-exposure.ts');
    await protectToken(system, context.paths, port, log);
  };
  const known = { host, basis, persisted, onTaken };
  if (early.port !== undefined) return { ...known, ports: [early.port], fixed: true };
  // An account that was renamed keeps its port (N34).
  const keeps =
    persisted?.basis === basis ||
    (persisted !== undefined && !isFixedBasis(persisted.basis) && !isFixedBasis(basis));
  const kept = keeps ? persisted?.port : undefined;
  const ports = portsOf(kept, () => portCandidates(user.name, service, platform));
  return { ...known, ports, fixed: false };
}

/** Uses an inherited socket, unless the definition sets another port. Returns whether it was used. */
async function listenOnInherited(server: Server, fd: number, { early, log }: BindContext): Promise<boolean> {
  try {
    await listenInherited(server, fd);
  } catch (error) {
    log('socket.refused', { fd, why: messageOf(error) });
    return false;
  }
  const { port } = addressOf(server);
  if (early.port === undefined || early.port === port) return true;
  log('socket.refused', { fd, port, why: `the definition says ${early.port}` });
  await new Promise((resolve) => server.close(resolve));
  return false;
}

/** Makes `server` listen, and keeps the port for the next start. Throws if a fixed port cannot be bound. */
export async function bindPort(server: Server, host: string, context: BindContext): Promise<void> {
  const { system, paths, log, env } = context;
  const request = await portRequestFor(host, context, log);
  const socket = takeSocket(env, process.pid);
  const inherited = socket !== undefined && (await listenOnInherited(server, socket.fd, context));
  if (!inherited) await listenOnFirst(server, request, log);
  const { port } = addressOf(server);
  log('host.listening', { port, basis: request.basis, inherited });
  await keepPort(system.files, paths, request, port);
  if ((await system.files.inspect(paths.exposure)).kind === 'absent') return;
  const { noteServed } = await import('./token-exposure.ts');
  await noteServed(system.files, paths, port);
}

/** Keeps the port for the next start. */
export async function keepPort(
  files: Files,
  paths: ServicePaths,
  { basis, persisted }: PortRequest,
  port: number,
): Promise<void> {
  if (persisted?.port !== port || persisted.basis !== basis) await writePort(files, paths, { basis, port });
}
