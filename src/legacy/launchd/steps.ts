import { posix } from 'node:path';
import type { LegacyCommand, StepCheck, StepCommand } from '../../service/migration-step.ts';
import type { Step } from '../../service/step.ts';
import type { FindingOf } from '../finding.ts';
import {
  captured,
  type DefinitionFile,
  type MigrationSteps,
  putBack,
  type StepsInput,
} from '../migration-steps.ts';

type LaunchdFinding = FindingOf<'launch-daemon'> | FindingOf<'launch-agent'>;

/**
 * Exit codes of `launchctl`. `goneAlready`: no such process, operation in progress, no such service. `loadedAlready`:
 * already loaded, already in progress.
 */
const goneAlready = [3, 36, 113];
const loadedAlready = [17, 37];

/** Added to the job's own exit timeout. */
const marginMs = 10_000;

function removal(definition: DefinitionFile, elevated: boolean): Step {
  const { path } = definition;
  if (!elevated) return { kind: 'remove', path, why: 'launchd would load it at the next login' };
  return {
    kind: 'legacy-command',
    why: `remove ${path}`,
    do: [{ argv: ['rm', '-f', '--', path], elevated: { reason: `remove ${path}` } }],
    undo: putBack(definition),
    undone: { kind: 'present', path },
  };
}

/**
 * Gives the migration steps of a launchd job, of the system or of the user (pure). A removed plist needs no `disable`:
 * the override that `disable` writes would remain and keep a later job of that label from starting (M02).
 */
export function launchdSteps(
  finding: LaunchdFinding,
  { directory, definitions }: StepsInput,
): MigrationSteps {
  const { name, path, loaded, kind } = finding;
  const domain = kind === 'launch-daemon' ? 'system' : finding.domain;
  const target = `${domain}/${name}`;
  const root = kind === 'launch-daemon';
  const tell = (reason: string, argv: [string, ...string[]], rest: Partial<StepCommand>): StepCommand => ({
    argv,
    ...(root ? { elevated: { reason } } : {}),
    ...rest,
  });
  const print = (code: number): StepCheck => ({
    kind: 'exits',
    argv: ['launchctl', 'print', target],
    codes: [code],
  });
  const copy = posix.join(directory, posix.basename(path));
  const definition = definitions.find((one) => one.path === path);
  const stop: LegacyCommand = {
    kind: 'legacy-command',
    why: `stop ${name}`,
    // bootout returns before the job is gone, and the label is taken until then (M01).
    do: [
      tell(`stop ${name}`, ['launchctl', 'bootout', target], {
        accept: goneAlready,
        until: print(113),
        untilMs: finding.exitSecs * 1000 + marginMs,
      }),
    ],
    undo: [
      tell(`start ${name} again`, ['launchctl', 'bootstrap', domain, path], {
        accept: loadedAlready,
        until: print(0),
      }),
    ],
    undone: print(0),
  };
  const disable: LegacyCommand = {
    kind: 'legacy-command',
    why: `no longer start ${name}`,
    do: [tell(`disable ${name}`, ['launchctl', 'disable', target], {})],
    undo: [tell(`enable ${name} again`, ['launchctl', 'enable', target], {})],
  };
  const enable: LegacyCommand = {
    ...disable,
    why: `leave no override of ${name}`,
    do: disable.undo,
    undo: disable.do,
  };
  const remove: Step[] =
    definition === undefined ? [disable] : [removal(definition, path.startsWith('/Library/'))];
  const down = loaded ? [stop] : [];
  return {
    keep: definition === undefined ? [] : [captured(copy, definition.text)],
    stop: down,
    disable: [disable],
    remove,
    removeKept: definition === undefined ? [] : [...down, ...remove, enable],
  };
}
