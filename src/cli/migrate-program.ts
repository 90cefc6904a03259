import { Option } from 'commander';
import { type AddCommand, backendOption, examples, integer, lazily } from './arguments.ts';

/** `migrate`, and the hidden commands that it starts as another user. */
export function addMigrateCommands(command: AddCommand): void {
  addMigrate(command);
  addElevated(command);
  command('read-legacy', "Print an older service's directory, read as root", { hidden: true })
    .argument('<what>', 'tree, survey, check or file')
    .argument('<path>')
    .option('--settings <path>', 'read the directory from this settings file')
    .action(lazily(async () => (await import('./commands/read-legacy.ts')).readLegacyCommand));
}

function addMigrate(command: AddCommand): void {
  command('migrate', 'Move an older service and its data to a service of yours')
    .argument('[name]', 'the new service; default: named after the daemon')
    .option('--from <kind[:name]>', 'move this one: pm2:claude-mem-worker, system-unit:mneme-server …')
    .option('--all', 'move everything that is found')
    .option('--port <number>', 'use this port instead of the old one', integer)
    .option('--data-to <directory>', 'copy the data to this directory')
    .option('--keep-old', 'disable the older service instead of removing it')
    .option('--sudo', 'run the steps that need root through sudo without asking')
    .option('--script', 'print the steps that need root as a script')
    .option('--remove-orphans', 'delete pid and log files that PM2 left behind')
    .addOption(backendOption())
    .option('--dry-run', 'show what is found and what would be done, and change nothing')
    .addOption(new Option('--by-script').hideHelp())
    .addOption(new Option('--settings <path>').hideHelp())
    .addHelpText(
      'after',
      examples(
        'memoryd migrate --dry-run',
        'memoryd migrate --from pm2:claude-mem-worker',
        'memoryd migrate --from system-unit:mneme-server --script',
      ),
    )
    .action(lazily(async () => (await import('./commands/migrate.ts')).migrateCommand));
}

function addElevated(command: AddCommand): void {
  command('elevated', "Run the administrator's part of a migration on Windows", { hidden: true })
    .argument('<directory>', 'the directory through which the two parts communicate')
    .addOption(
      new Option('--act <what>').choices(['move', 'remove', 'disable', 'start']).makeOptionMandatory(),
    )
    .requiredOption('--service <name>', 'the older service')
    .requiredOption('--parent <pid>', "the pid of the user's part", integer)
    .option('--copy-from <directories...>', 'the directories that may hold its data')
    .option('--copy-to <directory>', 'copy the data to this directory')
    .option('--manifest <file>', 'write the list of copied files to this file')
    .option('--sid <sid>', 'make this account the owner of the copy')
    .action(lazily(async () => (await import('./commands/elevated.ts')).elevatedCommand));
}
