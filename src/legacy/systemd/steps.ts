import { posix } from 'node:path';
import type { LegacyCommand, StepCheck, StepCommand } from '../../service/migration-step.ts';
import type { FindingOf } from '../finding.ts';
import {
  captured,
  type DefinitionFile,
  type MigrationSteps,
  putBack,
  type StepsInput,
} from '../migration-steps.ts';

type Unit = FindingOf<'system-unit'> | FindingOf<'user-unit'>;

/** Makes commands for the unit's manager: the system manager through root, the user's manager directly. */
function commandsFor(finding: Unit, { managerEnvironment }: StepsInput) {
  const system = finding.kind === 'system-unit';
  const scope = system ? [] : ['--user'];
  const env = system ? {} : { env: managerEnvironment };
  return {
    command(reason: string, argv: [string, ...string[]], accept: number[] = []): StepCommand {
      return { argv, accept, ...(system ? { elevated: { reason } } : env) };
    },
    systemctl: (...args: string[]): [string, ...string[]] => ['systemctl', ...scope, ...args],
    ask: (...args: string[]): StepCheck => ({
      kind: 'exits',
      argv: ['systemctl', ...scope, ...args],
      codes: [0],
      ...env,
    }),
  };
}

/** Whether a unit was added by hand. Units that a package installed belong to the package and are not removed. */
const isOurs = (path: string): boolean => !/^(\/usr)?(\/local)?\/lib\//.test(path);

/** Gives the migration steps of a systemd unit, of the system or of the user (pure). */
export function systemdSteps(finding: Unit, input: StepsInput): MigrationSteps {
  const { name, path, triggers, run, starts } = finding;
  const { command, systemctl, ask } = commandsFor(finding, input);
  const all = [name, ...triggers];
  const copy = posix.join(input.directory, posix.basename(path));
  const definition = input.definitions.find((one) => one.path === path);
  const stop: LegacyCommand = {
    kind: 'legacy-command',
    why: `stop ${name}`,
    // Stop the triggers first: a connection to a socket of the unit would start it again.
    do: [command(`stop ${name}`, systemctl('stop', ...triggers, name))],
    // systemd refuses to start a unit that was started too often within its interval. reset-failed clears that count.
    undo: [
      command(`start ${name} again`, systemctl('reset-failed', name), [1]),
      command(`start ${name} again`, systemctl('start', ...all)),
    ],
    undone: ask('is-active', '--quiet', name),
  };
  const disable: LegacyCommand = {
    kind: 'legacy-command',
    why: `no longer start ${name} at boot`,
    do: [command(`disable ${name}`, systemctl('disable', ...all))],
    onlyIf: { kind: 'present', path },
    undo: [command(`enable ${name} again`, systemctl('enable', ...all))],
    undone: ask('is-enabled', '--quiet', name),
  };
  const remove = (file: DefinitionFile): LegacyCommand => ({
    kind: 'legacy-command',
    why: `remove ${path}`,
    do: [
      command(`remove ${path}`, ['rm', '-f', '--', path]),
      command('make systemd forget it', systemctl('daemon-reload')),
      // Fails for a unit that never failed. That failure is accepted.
      command('make systemd forget it', systemctl('reset-failed', name), [1]),
    ],
    undo: [
      ...(finding.kind === 'system-unit'
        ? putBack(file)
        : [command(`put ${path} back`, ['install', '-m', file.mode.toString(8), copy, path])]),
      command('make systemd read it', systemctl('daemon-reload')),
    ],
    undone: { kind: 'present', path },
  });
  const off = starts === 'enabled' ? [disable] : [];
  return {
    keep: definition === undefined ? [] : [captured(copy, definition.text)],
    stop: run.kind === 'running' ? [stop] : [],
    disable: off,
    remove: isOurs(path) && definition !== undefined ? [...off, remove(definition)] : off,
  };
}
