import { type Command, type CommandOptions, Option } from 'commander';
import { backendNames } from '../service/unit.ts';
import { integer, lazily } from './arguments.ts';

/** Makes a command in the house's style. */
type AddCommand = (usage: string, description: string, options?: CommandOptions) => Command;

/** Moving away from older ways. */
export function addMigrateCommands(command: AddCommand): void {
  command('migrate', 'move an older service to one of yours, with its data')
    .argument('[name]', 'the service it becomes; named for the daemon otherwise')
    .option('--from <kind[:name]>', 'which one: pm2:claude-mem-worker, system-unit:mneme-server …')
    .option('--all', 'all that are found')
    .option('--port <number>', 'another port than the old one', integer)
    .option('--data <directory>', 'where its data are, when its settings cannot be read')
    .option('--data-to <directory>', 'where its data go, when they are not yours already')
    .option('--new-keys', "do not take its API keys along; clients use the service's token")
    .option('--keep-old', 'disable the old one and leave it there')
    .option('--sudo', "run root's steps through sudo without asking first")
    .option('--script', "print root's steps as a script to read and run")
    .option('--remove-orphans', 'delete pid and log files that PM2 left behind')
    .addOption(new Option('--backend <name>', 'the service manager to use').choices(backendNames))
    .option('--dry-run', 'show what is found and what it would do, and do nothing')
    .addOption(new Option('--by-script').hideHelp())
    .addOption(new Option('--settings <path>').hideHelp())
    .action(lazily(async () => (await import('./commands/migrate.ts')).migrateCommand));
}
