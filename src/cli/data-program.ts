import { type Command, Option } from 'commander';
import { defaultService } from '../service/name.ts';
import { integer, lazily } from './arguments.ts';

/** Makes a command in the house's style. */
type AddCommand = (usage: string, description: string) => Command;

/** The commands that are about memories, not about services. */
export function addDataCommands(command: AddCommand): void {
  const sync = command(
    'sync',
    'share the memories of a project over a sync server',
  ).enablePositionalOptions();
  for (const [action, description] of [
    ['pull', 'take what the server has, and the lock'],
    ['push', 'give what this machine has, and the lock back'],
    ['status', 'what differs, without changing anything'],
    ['run', 'pull, run a command under the lock, push'],
  ] as const) {
    const one = sync
      .command(action)
      .description(description)
      .requiredOption('--server <url>', 'the sync server')
      .requiredOption('--project <id>', 'the project')
      .option('--dir <path>', 'the folder to sync')
      .option('--key-file <path>', 'a file with the API key; MEMORYD_SYNC_KEY works too')
      .option('--graceful', 'go on locally when the server is of no use; so it is without the flag')
      .option('--no-graceful', 'fail when the server is of no use, instead of going on locally')
      .addOption(new Option('--timeout <seconds>', 'for each request').argParser(integer).default(30))
      .option('--json', 'print one JSON document')
      .action(lazily(async () => (await import('./commands/sync.ts')).syncCommand.bind(undefined, action)));
    if (action === 'run') one.argument('<command...>', 'after --').passThroughOptions();
    if (action === 'pull') one.option('--hold', 'stay and keep the lock');
    if (action === 'pull' || action === 'push') one.option('--dry-run', 'only look');
  }

  command('export', 'write all memories as JSON lines')
    .argument('[name]', 'the service', defaultService)
    .action(lazily(async () => (await import('./commands/transfer.ts')).exportCommand));
  command('import', 'read memories: JSON lines, server-memory files, or sync files')
    .argument('<file>', 'the file to read')
    .argument('[name]', 'the service', defaultService)
    .option('--project <id>', 'put them into this project')
    .action(lazily(async () => (await import('./commands/transfer.ts')).importCommand));
}
