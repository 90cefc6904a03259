import { posix } from 'node:path';

/** The label of a service's job, in reverse DNS as launchd.plist(5) asks. Stated here and nowhere else. */
export function labelOf(service: string): string {
  return `io.github.memoryd.${service}`;
}

/** Where launchd looks at every login. The file is named for its label: people and tools expect it. */
export function agentPath(home: string, service: string): string {
  return posix.join(home, 'Library', 'LaunchAgents', `${labelOf(service)}.plist`);
}

/**
 * Where the plist of a service lies that must not start at login: launchd loads everything in LaunchAgents,
 * and KeepAlive starts whatever is loaded. `state` is the service's own state directory.
 */
export function parkedPath(state: string, service: string): string {
  return posix.join(state, `${labelOf(service)}.plist`);
}

/** Where a job of the same label would lie that the whole Mac runs: two of them make a restart storm (M14). */
export function systemWidePaths(service: string): string[] {
  const file = `${labelOf(service)}.plist`;
  return [posix.join('/Library/LaunchDaemons', file), posix.join('/Library/LaunchAgents', file)];
}

/** What the process writes before its own log is open, or when Node itself dies (M12). `logs` is the service's own. */
export function stderrPath(logs: string): string {
  return posix.join(logs, 'launchd-stderr.log');
}
