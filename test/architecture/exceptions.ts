import type { BackendName } from '../../src/service/unit.ts';

/** A file that breaks a rule, and why. An exception that is not needed any more fails the test: the list only shrinks. */
export type Exceptions = Readonly<Record<string, string>>;

/** Each backend: the folder of the legacy kind of the same manager, and the commands that only these two may name. */
export const managers: Readonly<Record<BackendName, { legacy: string; commands: readonly string[] }>> = {
  systemd: {
    legacy: 'legacy/systemd',
    commands: ['systemctl', 'journalctl', 'loginctl', 'systemd-analyze', 'systemd-run', 'systemd-notify'],
  },
  launchd: { legacy: 'legacy/launchd', commands: ['launchctl'] },
  'task-scheduler': { legacy: 'legacy/scheduled-task', commands: ['schtasks'] },
  // `crontab` is also the name of a file, and what it belongs to.
  standalone: { legacy: 'legacy/crontab', commands: [] },
};

/** Who names one of them elsewhere. */
export const managerWordExceptions: Exceptions = {
  'host/notify.ts': 'sd_notify(3) is spoken by the process that was started; Node has no such socket',
};

/** Who imports a file of a backend's folder from outside it, beside platform/ itself and the legacy kind of that manager. */
export const backendImportExceptions: Exceptions = {
  'cli/commands/show-migration.ts':
    'the script of an administrator needs the manager environment of the user',
  'install/elevated/wrapper.ts': 'the one escaper of Windows command lines',
  'install/linger.ts': 'only systemd has lingering',
  'install/steps/crontab-line.ts': 'a migration step edits the crontab as the standalone backend does',
  'legacy/steps-of.ts': 'the steps of every kind are given the manager environment of the user',
};

/** Who uses node:fs outside system/. */
export const fileExceptions: Exceptions = {
  'daemon/store/database.ts': 'creates the database with its mode before SQLite opens it',
  'daemon/store/files.ts': 'asks in place whether a file is there, inside a synchronous step of the store',
  'daemon/sync/directories.ts': 'refuses links and checks owners around every call',
  'daemon/sync/plain-file.ts': 'opens without following links, with the mtime a client sent',
  'install/elevated/copy.ts': 'makes a directory that must not exist yet, before it is closed to others',
  'install/journal.ts': 'appends and flushes record by record',
  'package.ts': 'finds its own package.json before anything is loaded',
  'platform/compile-template.ts': 'reads templates in a checkout; a build has them compiled',
  'runtime/logs/packer.ts': 'streams through gzip',
  'runtime/logs/read-lines.ts': 'reads a growing file from an offset',
  'runtime/logs/writer.ts': 'appends synchronously, so that the last line of a crash is kept',
};

/** Who uses timers or clocks outside system/. */
export const timeExceptions: Exceptions = {
  'daemon/transfer/importer.ts': 'gives way to other work between batches: no time passes',
  'host/main.ts': 'ends the process after an uncaught error, when nothing else is to be trusted',
  'host/run.ts': 'keeps the process alive while it waits for a signal: no time passes',
};
