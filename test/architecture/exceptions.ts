/** A file that breaks a rule, and why. An exception that is not needed any more fails the test: the list only shrinks. */
export type Exceptions = Readonly<Record<string, string>>;

/** Commands of a service manager, and the folders of src that may name them. */
export const managerWords: Readonly<Record<string, readonly string[]>> = {
  systemctl: ['platform/systemd', 'legacy/systemd'],
  journalctl: ['platform/systemd', 'legacy/systemd'],
  loginctl: ['platform/systemd', 'legacy/systemd'],
  'systemd-analyze': ['platform/systemd', 'legacy/systemd'],
  'systemd-run': ['platform/systemd', 'legacy/systemd'],
  'systemd-notify': ['platform/systemd', 'legacy/systemd'],
  launchctl: ['platform/launchd', 'legacy/launchd'],
  schtasks: ['platform/task-scheduler', 'legacy/scheduled-task'],
};

/** Who names one of them elsewhere. */
export const managerWordExceptions: Exceptions = {
  'host/notify.ts': 'sd_notify(3) is spoken by the process that was started; Node has no such socket',
  'legacy/own-services.ts':
    'prints how to remove a unit that has the name of one of ours; to move to the kinds',
  'legacy/script.ts': 'the script of an administrator runs a command as the user; to move to the kinds',
};

/** Who imports a file of a backend's folder from outside it, beside platform/ itself and the legacy kind of that manager. */
export const backendImportExceptions: Exceptions = {
  'cli/commands/show-migration.ts':
    'the script of an administrator needs the manager environment of the user',
  'install/elevated/wrapper.ts': 'the one escaper of Windows command lines',
  'install/linger.ts': 'only systemd has lingering',
  'install/steps/crontab-line.ts': 'a migration step edits the crontab as the standalone backend does',
  'legacy/own-services.ts': 'names of our own units and labels, by which a strange one is found',
  'legacy/steps-of.ts': 'the steps of every kind are given the manager environment of the user',
};

/** Who uses node:fs outside system/. */
export const fileExceptions: Exceptions = {
  'cli/commands/migrate.ts': 'the real path of this program, once; to move to system/real-path.ts',
  'cli/secret-values.ts': 'reads the environment file that a flag names; to move to Files',
  'cli/write-stdout.ts': 'writes to descriptor 1 at once, so that the process can exit',
  'daemon/readiness.ts': 'free space and access rights, which Files does not tell',
  'daemon/store/database.ts': 'creates the database with its mode before SQLite opens it',
  'daemon/store/files.ts': 'asks in place whether a file is there, inside a synchronous step of the store',
  'daemon/sync/directories.ts': 'refuses links and checks owners around every call',
  'daemon/sync/plain-file.ts': 'opens without following links, with the mtime a client sent',
  'daemon/sync/projects.ts': 'makes project directories beside those checks',
  'host/endpoint-file.ts': 'renews the times of files that sweepers of /tmp look at',
  'host/main.ts': 'descriptors that were handed over',
  'install/elevated/copy.ts': 'copies as an administrator; to move to system/tree',
  'install/journal.ts': 'appends and flushes record by record',
  'install/program.ts': 'lists and resolves the files of this program; to move to Files',
  'install/steps/copy-data.ts': 'renames a whole tree; to move to Files',
  'install/steps/tree.ts': 'copies and links whole trees; to move to system/tree',
  'legacy/disk-space.ts': 'free space, which Files does not tell',
  'package.ts': 'finds its own package.json before anything is loaded',
  'platform/compile-template.ts': 'reads templates in a checkout; a build has them compiled',
  'runtime/launch.ts': 'opens the descriptors that a child inherits',
  'runtime/logs/packer.ts': 'streams through gzip',
  'runtime/logs/read-lines.ts': 'reads a growing file from an offset',
  'runtime/logs/writer.ts': 'appends synchronously, so that the last line of a crash is kept',
  'runtime/socket-activation.ts': 'closes a descriptor that was handed over',
};

/** Who uses timers or clocks outside system/. */
export const timeExceptions: Exceptions = {
  'bridge/link.ts': 'a deadline that keeps the process alive; to move to Clock',
  'daemon/transfer/index.ts': 'gives way to other work between batches: no time passes',
  'external/probes/request.ts': 'a deadline that keeps the process alive; to move to Clock',
  'host/connections.ts': 'waits for requests to be answered; to move to Clock',
  'host/main.ts': 'ends the process after an uncaught error, when nothing else is to be trusted',
  'host/run.ts': 'keeps the process alive while it waits for a signal: no time passes',
  'install/elevated/worker.ts': 'writes a sign of life; to move to Clock',
  'install/steps/elevated.ts': 'polls for the answer of the elevated run; to move to Clock',
  'install/verify.ts': 'polls until the daemon answers; to move to Clock',
};
