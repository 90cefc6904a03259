import { Option } from 'commander';
import {
  type AddCommand,
  backendOption,
  dryRun,
  examples,
  integer,
  lazily,
  list,
  pair,
  probe,
  serviceArgument,
} from './arguments.ts';
import { addDaemonOptions } from './daemon-options.ts';

/** The commands that install, run and show services. */
export function addServiceCommands(command: AddCommand): void {
  addInstall(command);
  addUninstall(command);
  addStatus(command);
  addVerbs(command);
  addLogs(command);
  addPrint(command);
}

function addInstall(command: AddCommand): void {
  const install = command('install', 'Install or update a service, and wait until it answers')
    .argument(...serviceArgument)
    .argument('[command...]', 'run this daemon, given after --; default: the bundled daemon')
    .option('--port <number>', 'use this port (1024 to 65535); default: derived from your user name', integer)
    .option('--description <text>', 'set the text that the service manager shows')
    .option('--env <NAME=VALUE>', 'set a variable of the daemon (can be repeated)', pair)
    .option('--adapter <name>', 'run a known daemon; see memoryd adapters')
    .option('--stdio', 'serve an MCP server that speaks on its standard streams over HTTP')
    .option('--probe <kind>', 'check readiness with tcp, http:<path> or mcp:<path>', probe)
    .option(
      '--secret <NAME>',
      'store this variable of your environment in the secrets file, or ask for it (can be repeated)',
      list,
    )
    .option('--env-file <path>', 'store all variables of this file in the secrets file')
    .option('--start-timeout <secs>', 'wait this long for the daemon to be ready; default: 60', integer)
    .option('--downgrade', 'replace a newer version of memoryd')
    .option('--no-login', 'do not start at login')
    .option('--linger', 'start at boot and keep running after logout (systemd)')
    .addOption(
      new Option('--sandbox <tier>', 'restrict what the daemon can do').choices(['off', 'default', 'strict']),
    )
    .addOption(backendOption())
    .option(...dryRun)
    .action(lazily(async () => (await import('./commands/install.ts')).installCommand));
  addDaemonOptions(install).addHelpText(
    'after',
    examples(
      'memoryd install',
      'memoryd install graphiti --secret OPENAI_API_KEY',
      'memoryd install notes -- uvx some-server --port {port}',
      'memoryd install --port 8400 --dry-run',
    ),
  );
}

function addUninstall(command: AddCommand): void {
  command('uninstall', 'Remove a service (memories are kept)')
    .argument(...serviceArgument)
    .option('--purge', 'also delete its memories and logs')
    .option('-y, --yes', 'do not ask for confirmation')
    .addOption(backendOption())
    .option(...dryRun)
    .action(lazily(async () => (await import('./commands/uninstall.ts')).uninstallCommand));
}

function addStatus(command: AddCommand): void {
  command('status', 'Show the status of one or all services')
    .argument('[name]', 'the service; default: all services')
    .option('--fast', 'do not ask the service manager')
    .addOption(backendOption())
    .addHelpText(
      'after',
      examples('memoryd status', 'memoryd status notes', 'memoryd status notes --fast --json'),
    )
    .action(lazily(async () => (await import('./commands/status.ts')).statusCommand));
  command('list', 'List your services').action(
    lazily(async () => (await import('./commands/list.ts')).listCommand),
  );
}

/** Only the watchdog of Task Scheduler makes a stop outlast a login (N24). */
const stopHelp = `
A stopped service starts again at the next login, if it starts at login.
On Windows it stays stopped until memoryd start.`;

function addVerbs(command: AddCommand): void {
  for (const [verb, description] of [
    ['start', 'Start a service, and wait until it answers'],
    ['stop', 'Stop a service, and wait until nothing answers'],
    ['restart', 'Restart a service, and wait until it answers'],
  ] as const) {
    const added = command(verb, description)
      .argument(...serviceArgument)
      .addOption(backendOption())
      .option(...dryRun)
      .action(
        lazily(async () => (await import('./commands/operate.ts')).operateCommand.bind(undefined, verb)),
      );
    if (verb === 'stop') added.addHelpText('after', stopHelp);
  }
}

function addLogs(command: AddCommand): void {
  command('logs', "Show a service's log")
    .argument(...serviceArgument)
    .option('-f, --follow', 'keep printing new lines')
    .option('-n, --lines <number>', 'print at most this many lines', integer, 50)
    .option('--since <time>', 'print lines since then: 10m, 2h, 3d or a date')
    .addHelpText(
      'after',
      examples('memoryd logs -f', 'memoryd logs notes -n 200 --since 2h', 'memoryd logs --since 2026-11-30'),
    )
    .action(lazily(async () => (await import('./commands/logs.ts')).logsCommand));
}

function addPrint(command: AddCommand): void {
  command('print', "Print a service's unit for any system, without changing anything")
    .argument(...serviceArgument)
    .addOption(new Option('--platform <os>', 'print for this system').choices(['linux', 'darwin', 'win32']))
    .addOption(backendOption())
    .option('--schema', 'print the JSON schema of definition files instead')
    .addHelpText('after', examples('memoryd print', 'memoryd print notes --platform darwin'))
    .action(lazily(async () => (await import('./commands/print.ts')).printCommand));
}
