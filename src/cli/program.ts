import { Command } from 'commander';
import { exitCodes } from '../errors.ts';
import { build, version } from '../package.ts';
import { oneOf } from '../service/problem.ts';
import { type AddCommand, lazily, serviceArgument } from './arguments.ts';
import { addDaemonOptions } from './daemon-options.ts';
import { addDataCommands } from './data-program.ts';
import { addExternalCommands } from './external-program.ts';
import { addMigrateCommands } from './migrate-program.ts';
import { addServiceCommands } from './service-program.ts';

/** The whole command line. Each command's code is loaded when it runs, not before. */
export function program(): Command {
  const memoryd = new Command('memoryd')
    .description('Your memory daemon, always on, as you')
    .version(`${version} (${build})`)
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .configureOutput({ outputError: (text, write) => write(parserError(text)) })
    .exitOverride((error) => {
      // commander has printed the message already; help and version exit with 0.
      process.exit(error.exitCode === 0 ? exitCodes.ok : exitCodes.usage);
    });
  const command: AddCommand = (usage, description, options = {}) =>
    memoryd
      .command(usage, options)
      .description(description)
      .option('--json', 'print one JSON document')
      .copyInheritedSettings(memoryd);
  addServiceCommands(command);
  addExternalCommands(command);
  addMigrateCommands(command);
  addDataCommands(command);
  addHostCommand(memoryd);
  return memoryd;
}

/** Converts an error of commander into our format: a wrong value is blamed on its flag (N36). */
export function parserError(text: string): string {
  const wrong = /^error: option '(?:-\w, )?(--[\w-]+).*?' argument '.*' is invalid\. (.*)\n$/s.exec(text);
  if (wrong === null) return text.replace(/^error: /, 'memoryd: ');
  const [, flag, reason = ''] = wrong;
  const choices = /^Allowed choices are (.*)\.$/.exec(reason)?.[1];
  return `memoryd: ${flag}: ${choices === undefined ? reason : `must be ${oneOf(choices.split(', '))}`}\n`;
}

/** Adds `host`, which units run. It has no `--json`, and help does not list it. */
function addHostCommand(memoryd: Command): void {
  const host = memoryd
    .command('host', { hidden: true })
    .description('Run the daemon of a service in the foreground (units run this)')
    .argument(...serviceArgument)
    .option('--supervise', 'restart the daemon when it exits')
    .option('--revived', 'with --supervise: stay in the foreground, and do not start after a stop')
    .action(lazily(async () => (await import('./commands/host.ts')).hostCommand));
  addDaemonOptions(host);
  for (const root of ['config', 'data', 'state', 'logs']) {
    host.option(`--${root}-dir <path>`, `use this ${root} directory`);
  }
}
