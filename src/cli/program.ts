import { Command, type CommandOptions, Option } from 'commander';
import { exitCodes } from '../errors.ts';
import { build, version } from '../package.ts';
import { defaultService } from '../service/name.ts';
import { backendNames } from '../service/unit.ts';
import { integer, lazily, list, pair, probe } from './arguments.ts';
import { addDaemonOptions } from './daemon-options.ts';
import { addDataCommands } from './data-program.ts';
import { addForeignCommands } from './foreign-program.ts';
import { addMigrateCommands } from './migrate-program.ts';

const name = ['[name]', 'the service', defaultService] as const;
const backend = () => new Option('--backend <name>', 'the service manager to use').choices(backendNames);
const dryRun = ['--dry-run', 'show what it would do, and do nothing'] as const;

/** The whole command line. Each command's code is loaded when it runs, not before. */
export function program(): Command {
  const memoryd = new Command('memoryd')
    .description('your memory daemon, always on, as you')
    .version(`${version} (${build})`)
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'memoryd: ')) })
    .exitOverride((error) => {
      // commander has said it already; help and version are no errors.
      process.exit(error.exitCode === 0 ? exitCodes.ok : exitCodes.usage);
    });
  const command = (usage: string, description: string, options: CommandOptions = {}) =>
    memoryd
      .command(usage, options)
      .description(description)
      .option('--json', 'print one JSON document')
      .copyInheritedSettings(memoryd);

  const install = command('install', 'install or update a service, and wait until it answers')
    .argument(...name)
    .argument('[command...]', 'a daemon of your own, after --; without it the bundled one runs')
    .option('--port <number>', 'a fixed port instead of the one hashed from your name', integer)
    .option('--description <text>', 'shown by the service manager')
    .option('--env <NAME=VALUE>', 'environment of the daemon; may be repeated', pair)
    .option('--adapter <name>', 'the known daemon it is; see memoryd adapters')
    .option('--stdio', 'it speaks MCP on its standard streams: serve it over HTTP')
    .option('--probe <kind>', 'how to see that it serves: tcp, http:<path> or mcp:<path>', probe)
    .option(
      '--secret <NAME>',
      'keep this variable of your environment in its secrets file, or ask for it',
      list,
    )
    .option('--env-file <path>', 'keep all variables of this file in its secrets file')
    .option('--no-login', 'do not start it at login')
    .option('--linger', 'keep it running after logout and start it at boot (systemd)')
    .addOption(new Option('--sandbox <tier>', 'how far to lock it in').choices(['off', 'default', 'strict']))
    .addOption(backend())
    .option(...dryRun)
    .action(lazily(async () => (await import('./commands/install.ts')).installCommand));
  addDaemonOptions(install);

  command('uninstall', 'take a service away; memories stay')
    .argument(...name)
    .option('--purge', 'delete its memories too')
    .option('-y, --yes', 'do not ask')
    .addOption(backend())
    .option(...dryRun)
    .action(lazily(async () => (await import('./commands/uninstall.ts')).uninstallCommand));

  command('status', 'how a service is')
    .argument('[name]', 'the service; all of them without a name')
    .option('--fast', 'ask no service manager')
    .addOption(backend())
    .action(lazily(async () => (await import('./commands/status.ts')).statusCommand));

  for (const [verb, description] of [
    ['start', 'start a service, and wait until it answers'],
    ['stop', 'stop a service until the next start or login'],
    ['restart', 'restart a service, and wait until it answers'],
  ] as const) {
    command(verb, description)
      .argument(...name)
      .addOption(backend())
      .option(...dryRun)
      .action(
        lazily(async () => (await import('./commands/operate.ts')).operateCommand.bind(undefined, verb)),
      );
  }

  command('logs', 'what a service wrote')
    .argument(...name)
    .option('-f, --follow', 'go on as it writes')
    .option('-n, --lines <number>', 'how many lines', integer, 50)
    .option('--since <time>', 'from then on: 10m, 2h, 3d or a date')
    .action(lazily(async () => (await import('./commands/logs.ts')).logsCommand));

  command('list', 'all services of yours').action(
    lazily(async () => (await import('./commands/list.ts')).listCommand),
  );

  command('print', 'the unit of a service, for any system, without touching anything')
    .argument(...name)
    .addOption(new Option('--platform <os>', 'the system to print for').choices(['linux', 'darwin', 'win32']))
    .addOption(backend())
    .option('--schema', 'print the JSON schema of definitions instead')
    .action(lazily(async () => (await import('./commands/print.ts')).printCommand));

  const host = memoryd
    .command('host', { hidden: true })
    .description('what a unit runs: the daemon in the foreground')
    .argument(...name)
    .option('--supervise', 'restart it when it ends')
    .option('--revived', 'with --supervise: stay in the foreground, and stay down once stopped')
    .action(lazily(async () => (await import('./commands/host.ts')).hostCommand));
  addDaemonOptions(host);
  for (const root of ['config', 'data', 'state', 'logs']) {
    host.option(`--${root}-dir <path>`, `where ${root} lies`);
  }
  addForeignCommands(command);
  addMigrateCommands(command);
  addDataCommands(command);
  return memoryd;
}
