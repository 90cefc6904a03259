import { type AddCommand, lazily, serviceArgument } from './arguments.ts';

/** The commands about external daemons and their clients. */
export function addForeignCommands(command: AddCommand): void {
  command('adapters', 'List the daemons that memoryd knows how to run, and which are installed')
    .argument('[name]', 'show the details of this one')
    .option('--schema', 'print the JSON schema of adapter files instead')
    .action(lazily(async () => (await import('./commands/adapters.ts')).adaptersCommand));

  command('bridge', 'Connect an MCP client on standard streams to a service')
    .argument(...serviceArgument)
    .action(lazily(async () => (await import('./commands/bridge.ts')).bridgeCommand));
}
