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

/** Makes a command of a job's steps. Those of a LaunchDaemon are run by an administrator. */
function command(
  { kind }: LaunchdFinding,
  reason: string,
  argv: StepCommand['argv'],
  rest: Partial<StepCommand> = {},
): StepCommand {
  return { argv, ...(kind === 'launch-daemon' ? { elevated: { reason } } : {}), ...rest };
}

function stopJob(finding: LaunchdFinding, domain: string, target: string): LegacyCommand {
  const { name, path, exitSecs } = finding;
  const print = (code: number): StepCheck => ({
    kind: 'exits',
    argv: ['launchctl', 'print', target],
    codes: [code],
  });
  return {
    kind: 'legacy-command',
    why: `stop ${name}`,
    // bootout returns before the job is gone, and the label is taken until then (M01).
    do: [
      command(finding, `stop ${name}`, ['launchctl', 'bootout', target], {
        accept: goneAlready,
        until: print(113),
        untilMs: exitSecs * 1000 + marginMs,
      }),
    ],
    undo: [
      command(finding, `start ${name} again`, ['launchctl', 'bootstrap', domain, path], {
        accept: loadedAlready,
        until: print(0),
      }),
    ],
    undone: print(0),
  };
}

function disableJob(finding: LaunchdFinding, target: string): LegacyCommand {
  const { name } = finding;
  return {
    kind: 'legacy-command',
    why: `no longer start ${name}`,
    do: [command(finding, `disable ${name}`, ['launchctl', 'disable', target])],
    undo: [command(finding, `enable ${name} again`, ['launchctl', 'enable', target])],
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
  const copy = posix.join(directory, posix.basename(path));
  const definition = definitions.find((one) => one.path === path);
  const disable = disableJob(finding, target);
  const enable = { ...disable, why: `leave no override of ${name}`, do: disable.undo, undo: disable.do };
  const remove: Step[] =
    definition === undefined ? [disable] : [removal(definition, path.startsWith('/Library/'))];
  const stop = loaded ? [stopJob(finding, domain, target)] : [];
  return {
    keep: definition === undefined ? [] : [captured(copy, definition.text)],
    stop,
    disable: [disable],
    remove,
    removeKept: definition === undefined ? [] : [...stop, ...remove, enable],
  };
}
