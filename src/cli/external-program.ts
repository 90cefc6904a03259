import { type AddCommand, lazily, serviceArgument } from './arguments.ts';

/** The commands about external daemons and their clients. */
export function addExternalCommands(command: AddCommand): void {
  command('adapters', 'List the daemons that memoryd knows how to run, and which are installed')
    .argument('[name]', 'show the details of this one')
    .option('--schema', 'print the JSON schema of adapter files instead')
    .action(lazily(async () => (await import('./commands/adapters.ts')).adaptersCommand));

  command('token', "Show the path of a service's token, or replace the token")
    .argument(...serviceArgument)
    .option('--rotate', 'replace the token and restart the service')
    .option('--acknowledge', 'clear the note that the token was replaced')
    .option('--dry-run', 'show what --rotate would do, without doing it')
    .action(lazily(async () => (await import('./commands/token.ts')).tokenCommand));

  command('bridge', 'Connect an MCP client on standard streams to a service')
    .argument(...serviceArgument)
    .action(lazily(async () => (await import('./commands/bridge.ts')).bridgeCommand));
}
