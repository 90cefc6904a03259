import { unitNames } from '../../platform/systemd/names.ts';

/** The names under which a unit conflicts with that of a service of this user, by kind of candidate (pure). */
export function ownUnitNames(service: string): Record<'system-unit' | 'user-unit', string[]> {
  const { service: unit } = unitNames(service);
  return { 'system-unit': [unit], 'user-unit': [unit] };
}

/** The command that stops a unit and no longer starts it (pure). */
export function disableCommand(kind: 'system-unit' | 'user-unit', name: string): string[] {
  const command = kind === 'system-unit' ? ['sudo', 'systemctl'] : ['systemctl', '--user'];
  return [...command, 'disable', '--now', name];
}
