import { Option } from 'commander';
import { type AddCommand, backendOption, examples, integer, lazily } from './arguments.ts';

/** `migrate`. */
export function addMigrateCommands(command: AddCommand): void {
  command('migrate', 'Move an older service and its data to a service of yours')
    .argument('[name]', 'the new service; default: named after the daemon')
    .option('--from <kind[:name]>', 'move this one: pm2:claude-mem-worker, system-unit:mneme-server …')
    .option('--all', 'move everything that is found')
    .option('--port <number>', 'use this port instead of the old one', integer)
    .option('--data <directory>', 'read the data from this directory; for settings that cannot be read')
    .option('--data-to <directory>', 'copy the data to this directory')
    .option('--new-keys', 'leave its API keys behind; clients use the token of the service')
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
