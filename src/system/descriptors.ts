import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

/**
 * How many descriptors this process may have open; undefined where nothing tells without a tool. Node raises the limit
 * to the highest there is when it starts. proc(5), getrlimit(2)
 */
export function descriptorLimit(platform: NodeJS.Platform): number | undefined {
  if (platform !== 'linux') return undefined;
  const soft = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
  return soft === undefined ? undefined : Number(soft);
}

/** Opens a file whose descriptor a child will inherit. `w` truncates it, or creates it for this user only. */
export function openDescriptor(path: string, flags: 'r' | 'w'): number {
  return openSync(path, flags, 0o600);
}

/** Closes a descriptor that was opened for a child or inherited. */
export function closeDescriptor(fd: number): void {
  closeSync(fd);
}

/** Writes a few bytes at once. Throws the errors of the system. */
export function writeDescriptor(fd: number, text: string): void {
  writeSync(fd, text);
}
