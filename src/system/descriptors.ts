import { readFileSync } from 'node:fs';

/**
 * How many descriptors this process may have open; undefined where nothing tells without a tool. Node raises the limit
 * to the highest there is when it starts. proc(5), getrlimit(2)
 */
export function descriptorLimit(platform: NodeJS.Platform): number | undefined {
  if (platform !== 'linux') return undefined;
  const soft = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
  return soft === undefined ? undefined : Number(soft);
}
