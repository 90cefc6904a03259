import { closeSync } from 'node:fs';

/** How a listening socket reaches a host that somebody else bound it for, and how it says that it is ready. */

/** Descriptors handed over begin here, by systemd's protocol and by ours. sd_listen_fds(3) */
const firstDescriptor = 3;

/** Names the inherited descriptor where the parent cannot know the child's pid beforehand, as LISTEN_PID wants it. */
export const listenVariable = 'MEMORYD_LISTEN_FD';

/** The port of that socket, for who hands it on without touching it. */
export const listenPortVariable = 'MEMORYD_LISTEN_PORT';

/**
 * Set for a host whose standard input is the line to its supervisor: when it ends, so does the host. Holds how often the
 * supervisor wants a sign of life, in ms; 0 for never.
 */
export const supervisedVariable = 'MEMORYD_SUPERVISED';

/**
 * Holds the service's name in what launchd starts: its plist says so. launchd starts again whatever ended, with any exit
 * code (M10).
 */
export const keptAliveVariable = 'MEMORYD_SERVICE';

/** Takes a variable out of the environment, so that no child of ours is told what was meant for us. */
export function takeVariable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = env[name];
  delete env[name];
  return value;
}

/** A listening socket that was handed over; its port where who handed it over told it. */
export interface InheritedSocket {
  fd: number;
  port: number | undefined;
}

/** The inherited listening socket, if there is one for this very process. */
export function takeSocket(env: NodeJS.ProcessEnv, pid: number): InheritedSocket | undefined {
  const forPid = takeVariable(env, 'LISTEN_PID');
  const count = Number(takeVariable(env, 'LISTEN_FDS') ?? 0);
  takeVariable(env, 'LISTEN_FDNAMES');
  const ours = Number(takeVariable(env, listenVariable) ?? Number.NaN);
  const port = Number(takeVariable(env, listenPortVariable) ?? Number.NaN);
  if (Number.isInteger(ours) && ours >= firstDescriptor) {
    return { fd: ours, port: Number.isInteger(port) ? port : undefined };
  }
  return forPid === String(pid) && count >= 1 ? { fd: firstDescriptor, port: undefined } : undefined;
}

/** Closes an inherited listening socket that a host has no use for: a child would inherit it, and the port with it. */
export function discardSocket(env: NodeJS.ProcessEnv, pid: number): void {
  const socket = takeSocket(env, pid);
  if (socket !== undefined) closeSync(socket.fd);
}
