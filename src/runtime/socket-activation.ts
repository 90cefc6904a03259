import { closeDescriptor } from '../system/descriptors.ts';

/** How a host inherits a listening socket that another process has bound, and how it reports that it is ready. */

/** The first inherited descriptor, in systemd's protocol and in ours. sd_listen_fds(3) */
const firstDescriptor = 3;

/**
 * Has the number of the inherited descriptor. LISTEN_PID cannot be used, because the parent does not know the pid of
 * the child.
 */
export const listenVariable = 'MEMORYD_LISTEN_FD';

/** Has the port of that socket, for a process that only passes it on. */
export const listenPortVariable = 'MEMORYD_LISTEN_PORT';

/**
 * Set for a host whose standard input is a pipe from its supervisor: when the pipe ends, the host stops. Has the
 * heartbeat interval in ms; 0 for none.
 */
export const supervisedVariable = 'MEMORYD_SUPERVISED';

/**
 * Has the name of the service in processes that launchd starts, set by the plist. launchd restarts a process after
 * every exit code (M10).
 */
export const keptAliveVariable = 'MEMORYD_SERVICE';

/** Removes a variable from the environment and returns it, so that no child of ours inherits it. */
export function takeVariable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = env[name];
  delete env[name];
  return value;
}

/** An inherited listening socket, and its port if the parent passed it. */
export interface InheritedSocket {
  fd: number;
  port: number | undefined;
}

/** The inherited listening socket, if there is one for this process. */
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

/** Closes an inherited listening socket that the host does not need: a child would inherit it, and hold the port. */
export function discardSocket(env: NodeJS.ProcessEnv, pid: number): void {
  const socket = takeSocket(env, pid);
  if (socket !== undefined) closeDescriptor(socket.fd);
}
