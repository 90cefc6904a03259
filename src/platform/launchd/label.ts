import { posix } from 'node:path';
import { launchOutputFiles } from '../../runtime/logs/launch-output.ts';

/** The label of a service's job, in reverse DNS form as launchd.plist(5) asks. Defined only here. */
export function labelOf(service: string): string {
  return `io.github.memoryd.${service}`;
}

/**
 * The plist that launchd loads at every login. The file is named after the label, because people and tools expect
 * that.
 */
export function agentPath(home: string, service: string): string {
  return posix.join(home, 'Library', 'LaunchAgents', `${labelOf(service)}.plist`);
}

/**
 * The path of the plist for a service that does not start at login: launchd loads everything in LaunchAgents, and
 * KeepAlive starts everything that is loaded. `state` is the state directory of the service.
 */
export function parkedPath(state: string, service: string): string {
  return posix.join(state, `${labelOf(service)}.plist`);
}

/** The paths of a job with the same label for the whole Mac. Two such jobs would restart each other forever (M14). */
export function systemWidePaths(service: string): string[] {
  const file = `${labelOf(service)}.plist`;
  return [posix.join('/Library/LaunchDaemons', file), posix.join('/Library/LaunchAgents', file)];
}

/**
 * The file for output from before our own log is open, and for crashes of Node itself (M12). `logs` is the log
 * directory of the service.
 */
export function stderrPath(logs: string): string {
  return posix.join(logs, launchOutputFiles.launchd);
}
