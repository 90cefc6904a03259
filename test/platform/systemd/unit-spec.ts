import type { UnitSpec } from '../../../src/service/unit.ts';
import type { LabUser } from '../../support/user-manager.ts';

/** A spec of `user`'s; the port is this test's own. */
export function unitSpec(
  user: Pick<LabUser, 'name' | 'uid' | 'home'>,
  changes: Partial<Omit<UnitSpec, 'listen'>> & { port?: number } = {},
): UnitSpec {
  const { port = 8321, ...rest } = changes;
  return {
    service: 'memory',
    description: 'memory daemon',
    argv: ['/usr/bin/node', '/opt/memoryd/memoryd.cjs', 'host', 'memory'],
    workingDirectory: user.home,
    listen: { host: '127.0.0.1', port },
    startTimeoutSecs: 20,
    stopTimeoutSecs: 5,
    sandbox: 'default',
    startAtLogin: true,
    user: { name: user.name, uid: user.uid, home: user.home },
    directories: {
      config: `${user.home}/.config`,
      state: `${user.home}/.local/state/memoryd/services/memory`,
      logs: `${user.home}/.local/state/memoryd/logs/memory`,
    },
    ...rest,
  };
}
