import type { Server } from 'node:net';
import { messageOf } from '../errors.ts';
import { portCandidates } from '../service/port.ts';
import { takeSocket } from './activation.ts';
import type { RunContext } from './context.ts';
import { addressOf, type ListenWish, listenInherited, listenOnFirst } from './listen.ts';
import { type PortChoice, readPort, writePort } from './port-file.ts';

type PortContext = Pick<RunContext, 'system' | 'service' | 'paths' | 'early'>;

/** The port that is wished for and the one there was: what `port.json` will hold is decided from them. */
export interface PortWish extends ListenWish {
  preferred: number;
  persisted: PortChoice | undefined;
}

/** Which ports to try: the definition's alone, else the one the service had, else the user's candidates. */
export async function wishFor(host: string, context: PortContext): Promise<PortWish> {
  const { system, service, paths, early } = context;
  const persisted = await readPort(system.files, paths);
  if (early.port !== undefined) {
    return { host, ports: [early.port], fixed: true, preferred: early.port, persisted };
  }
  const candidates = portCandidates(system.user.name, service, system.platform);
  const preferred = candidates[0] as number;
  const kept = persisted?.preferred === preferred ? [persisted.port] : [];
  return { host, ports: [...new Set([...kept, ...candidates])], fixed: false, preferred, persisted };
}

/** Takes the socket that was handed over, unless the definition fixes another port. */
async function inherit(server: Server, fd: number, { early, log }: RunContext): Promise<boolean> {
  try {
    await listenInherited(server, fd);
  } catch (error) {
    log.write('socket.refused', { fd, why: messageOf(error) });
    return false;
  }
  const { port } = addressOf(server);
  if (early.port === undefined || early.port === port) return true;
  log.write('socket.refused', { fd, port, why: `the definition says ${early.port}` });
  await new Promise((resolve) => server.close(resolve));
  return false;
}

/**
 * Makes `server` listen, and keeps the port for next time. Throws when a fixed port cannot be had.
 */
export async function occupy(server: Server, host: string, context: RunContext): Promise<void> {
  const { system, paths, log, options } = context;
  const wish = await wishFor(host, context);
  const socket = takeSocket(options.env, process.pid);
  const inherited = socket !== undefined && (await inherit(server, socket.fd, context));
  if (!inherited) await listenOnFirst(server, wish, log.write);
  const { port } = addressOf(server);
  const { preferred, persisted } = wish;
  log.write('host.listening', { port, preferred, inherited });
  if (persisted?.port === port && persisted.preferred === preferred) return;
  await writePort(system.files, paths, { preferred, port });
}
