import type { Command } from 'commander';
import { defaultService } from '../service/name.ts';
import { lazily } from './arguments.ts';

/** Makes a command in the house's style. */
type AddCommand = (usage: string, description: string) => Command;

/** The commands that are about daemons of other people, and how clients reach them. */
export function addForeignCommands(command: AddCommand): void {
  command('adapters', 'the daemons memoryd knows how to run, and which are here')
    .argument('[name]', 'everything about one of them')
    .option('--schema', 'print the JSON schema of adapters instead')
    .action(lazily(async () => (await import('./commands/adapters.ts')).adaptersCommand));

  command('token', "Show where a service's token is, or replace it")
    .argument('[name]', 'the service', defaultService)
    .option('--rotate', 'replace the token, and restart the service')
    .option('--acknowledge', 'clear the note that the token was replaced')
    .option('--dry-run', 'show what --rotate would do, and do nothing')
    .action(lazily(async () => (await import('./commands/token.ts')).tokenCommand));

  command('bridge', 'speak MCP on standard streams, for clients that know no HTTP')
    .argument('[name]', 'the service', defaultService)
    .action(lazily(async () => (await import('./commands/bridge.ts')).bridgeCommand));
}
