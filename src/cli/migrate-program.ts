import { type Command, type CommandOptions, Option } from 'commander';
import { backendNames } from '../service/unit.ts';
import { integer, lazily } from './arguments.ts';

/** Makes a command in the house's style. */
type AddCommand = (usage: string, description: string, options?: CommandOptions) => Command;

/** Moving away from older ways, and what an administrator runs for it on Windows. */
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

  // Nobody types this: memoryd starts it as an administrator.
  command('elevated', "the administrator's part of a migration on Windows", { hidden: true })
    .argument('<directory>', 'where the two parts talk')
    .addOption(
      new Option('--act <what>').choices(['move', 'remove', 'disable', 'start']).makeOptionMandatory(),
    )
    .requiredOption('--service <name>', 'the older service')
    .requiredOption('--parent <pid>', "the user's part", integer)
    .option('--copy-from <directories...>', 'where its data may be')
    .option('--copy-to <directory>', 'where they go')
    .option('--manifest <file>', 'where the list of them goes')
    .option('--sid <sid>', 'whose they become')
    .action(lazily(async () => (await import('./commands/elevated.ts')).elevatedCommand));
}
