import type { UnitSpec } from '../../../src/service/unit.ts';

/** A unit as an install asks for it, on a Mac of Alice's. */
export function specOf(changes: Partial<UnitSpec> = {}): UnitSpec {
  const library = '/Users/alice/Library';
  const app = `${library}/Application Support/memoryd/app/1.0.0-abcd1234`;
  return {
    service: 'memory',
    description: 'memory daemon "memory" (memoryd)',
    argv: ['/opt/homebrew/bin/node', `${app}/dist/memoryd.cjs`, 'host', 'memory'],
    workingDirectory: app,
    listen: { host: '127.0.0.1', port: 8353 },
    startTimeoutSecs: 60,
    stopTimeoutSecs: 10,
    sandbox: 'default',
    startAtLogin: true,
    user: { name: 'alice', uid: 501, home: '/Users/alice' },
    directories: {
      config: `${library}/Preferences`,
      state: `${library}/Application Support/memoryd/state/services/memory`,
      logs: `${library}/Logs/memoryd/memory`,
    },
    ...changes,
  };
}
