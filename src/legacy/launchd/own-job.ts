import { labelOf } from '../../platform/launchd/label.ts';

/** The names under which a job conflicts with that of a service of this user, by kind of candidate (pure). */
export function ownJobNames(service: string): Record<'launch-daemon' | 'launch-agent', string[]> {
  const label = labelOf(service);
  return { 'launch-daemon': [label], 'launch-agent': [label] };
}

/** The command that stops a job and removes it from launchd (pure). `domain` is `system` for a LaunchDaemon. */
export function bootoutCommand(domain: string, label: string): string[] {
  return [...(domain === 'system' ? ['sudo'] : []), 'launchctl', 'bootout', `${domain}/${label}`];
}
