import { type Command, Option } from 'commander';
import { type AddCommand, dryRun, examples, integer, lazily, serviceArgument } from './arguments.ts';

/** The commands about memories. */
export function addDataCommands(command: AddCommand): void {
  addSync(command('sync', 'Share the memories of a project through a sync server').enablePositionalOptions());
  command('export', 'Write all memories to standard output as JSON lines')
    .argument(...serviceArgument)
    .addHelpText('after', examples('memoryd export > memories.jsonl'))
    .action(lazily(async () => (await import('./commands/transfer.ts')).exportCommand));
  command('import', 'Import memories of memoryd or of another memory daemon')
    .argument('<file>', 'a file, a folder of Markdown files, or - for standard input')
    .argument(...serviceArgument)
    .option('--project <id>', 'store the memories in this project')
    .addHelpText(
      'after',
      examples('memoryd import memories.jsonl', 'memoryd import ~/.claude-mem/claude-mem.db'),
    )
    .action(lazily(async () => (await import('./commands/transfer.ts')).importCommand));
  addStoreFiles(command);
}

function addStoreFiles(command: AddCommand): void {
  const load = () => import('./commands/store-files.ts');
  command('backup', 'Copy all memories to a file, while the service runs')
    .argument(...serviceArgument)
    .option('--to <file>', 'write the copy to this file; default: the directory of backups')
    .addHelpText('after', examples('memoryd backup', 'memoryd backup --to /media/usb/memories.db'))
    .action(lazily(async () => (await load()).backupCommand));
  command('restore', 'Replace all memories by those of a backup')
    .argument(...serviceArgument)
    .option('--from <file>', 'restore this file; default: the newest backup')
    .option(...dryRun)
    .addHelpText('after', examples('memoryd restore --dry-run', 'memoryd restore'))
    .action(lazily(async () => (await load()).restoreCommand));
  command('repair', 'Recover the memories of a damaged database')
    .argument(...serviceArgument)
    .option(...dryRun)
    .addHelpText('after', examples('memoryd repair --dry-run', 'memoryd repair'))
    .action(lazily(async () => (await load()).repairCommand));
}

function addSync(sync: Command): void {
  for (const [action, description] of [
    ['pull', 'Download from the server, and take the lock'],
    ['push', 'Upload to the server, and release the lock'],
    ['status', 'Show what differs, without changing anything'],
    ['run', 'Pull, run a command while holding the lock, then push'],
  ] as const) {
    const one = sync
      .command(action)
      .description(description)
      .requiredOption('--server <url>', 'the sync server')
      .requiredOption('--project <id>', 'the project')
      .option('--dir <path>', 'the folder to sync')
      .option('--key-file <path>', 'read the API key from this file (or set MEMORYD_SYNC_KEY)')
      .option('--graceful', 'continue with the local files when the server cannot be used (default)')
      .option('--no-graceful', 'fail when the server cannot be used')
      .addOption(
        new Option('--timeout <seconds>', 'limit each request to this time').argParser(integer).default(30),
      )
      .option('--json', 'print one JSON document')
      .action(lazily(async () => (await import('./commands/sync.ts')).syncCommand.bind(undefined, action)));
    if (action === 'run') addRun(one);
    if (action === 'pull') one.option('--hold', 'keep running and hold the lock');
    if (action === 'pull' || action === 'push') {
      one.option('--dry-run', 'show what differs, and change nothing');
    }
  }
}

function addRun(run: Command): void {
  run
    .argument('<command...>', 'the command to run, given after --')
    .passThroughOptions()
    .addHelpText(
      'after',
      examples('memoryd sync run --server https://sync.example.org --project notes -- claude'),
    );
}
