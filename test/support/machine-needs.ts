import { accessSync, constants, readFileSync } from 'node:fs';
import which from 'which';

/** For node:test's `skip`: false when this machine can run the test, else the reason it prints. */
export type Skip = false | string;

export function missingTools(tools: readonly string[]): Skip {
  const missing = tools.filter((tool) => which.sync(tool, { nothrow: true }) === null);
  return missing.length === 0 ? false : `needs ${missing.join(', ')}`;
}

export const needsRoot: Skip =
  process.platform !== 'linux' ? 'needs Linux' : process.getuid?.() === 0 ? false : 'needs root';

/** A systemd manager needs a cgroup hierarchy of its own (v2 or name=systemd) that it may write. */
function cgroups(): Skip {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const roots = mounts
    .filter((line) => line.includes(' - cgroup2 ') || line.includes('name=systemd'))
    .map((line) => line.split(' ')[4] ?? '');
  for (const root of roots) {
    try {
      accessSync(root, constants.W_OK);
      return false;
    } catch {
      // The next hierarchy may be writable.
    }
  }
  return 'needs a writable cgroup hierarchy';
}

/** Can a real `systemd --user` be started for a throw-away user? */
export const needsUserManager: Skip =
  needsRoot ||
  missingTools(['/lib/systemd/systemd', 'systemctl', 'systemd-run', 'setpriv', 'flock', 'useradd']) ||
  cgroups();

/** Can a whole systemd machine be booted in a container? */
export const needsMachine: Skip =
  needsRoot || missingTools(['systemd-nspawn', 'debootstrap', 'nsenter', 'pgrep', 'unshare']) || cgroups();
