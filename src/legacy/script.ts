import type { StepCommand } from '../service/migration-step.ts';
import { quoted } from '../service/shell-line.ts';
import type { Plan } from '../service/step.ts';
import type { Argv } from '../system/exec.ts';
import { realPath } from '../system/real-path.ts';
import { seal } from '../system/tree/tar.ts';
import { type Finding, idOf } from './finding.ts';
import { inUserSession } from './launchd/as-user.ts';
import { asAccount, fileReader, treeReader } from './read-as.ts';
import { beginning, checkLines, comment, indented, line, ownCheck, rootOnly } from './script-lines.ts';
import { type MnemeSettings, settingsPath } from './settings.ts';
import type { MigrationTarget } from './target.ts';

/** The variable parts of the script. */
export interface ScriptInput {
  finding: Finding;
  plan: Plan;
  target: MigrationTarget;
  /** The user who gets the service, by name and home, because another administrator may run the script. */
  user: { name: string; uid: number; home: string };
  /** Variables that the user's part needs to find the user's service manager and programs. */
  environment: Readonly<Record<string, string>>;
  platform: NodeJS.Platform;
  /** The argv of memoryd. Root never runs it. */
  self: Argv;
  /** The daemon's own settings, when they could be read while the script was made. */
  settings: MnemeSettings | undefined;
  /** Further options of the command line, passed on. */
  options: readonly string[];
}

/** Root's commands of some steps, each with its reason as a comment. */
function rootCommands(commands: readonly StepCommand[]): string[] {
  return commands.flatMap(({ argv, elevated, accept = [] }) => {
    if (elevated === undefined) return [];
    const run = accept.length === 0 ? line(argv) : `${line(argv)} || : # may fail`;
    return [comment(elevated.reason), run];
  });
}

function commandsOf(plan: Plan, from: number, to: number, which: 'do' | 'undo'): string[] {
  const steps = plan.steps.slice(from, to).flatMap((step) => (step.kind === 'legacy-command' ? [step] : []));
  const ordered = which === 'undo' ? steps.toReversed() : steps;
  return ordered.flatMap((step) => rootCommands(step[which]));
}

/** Runs an argv as the user, without a login and without root's terminal: see asAccount. */
function asUser({ platform, user }: ScriptInput, argv: Argv): Argv {
  const argvOfUser = asAccount(platform, user.name, argv);
  return platform === 'darwin' ? inUserSession(user.uid, argvOfUser) : argvOfUser;
}

/** The user's command: `memoryd migrate` with `--by-script`, because root's part runs around it. */
function userCommand(input: ScriptInput, more: readonly string[]): string {
  const { finding, target, user, environment, self, options } = input;
  const said = { ...environment, HOME: user.home, USER: user.name, LOGNAME: user.name };
  const variables = Object.entries(said).map(([name, value]) => `${name}=${value}`);
  const command = ['migrate', target.service, '--from', idOf(finding), '--by-script', ...options, ...more];
  return line(asUser(input, ['env', '-i', ...variables, ...self, ...command]));
}

/** What root reads for the user, and the shell functions that pass it on. */
interface Reading {
  /** Checks that only root can change what is read. */
  checks: string[];
  /** Lines that write the settings to a file that only the user can read. */
  settings: string[];
  /** The text before the user's command (`pipe`) and after it (`passed`). */
  pipe: string;
  passed: string;
}

function readingOf({ finding, target, platform, user, settings }: ScriptInput): Reading {
  const { data } = target;
  if (data.kind !== 'copy' || !data.asRoot) return { checks: [], settings: [], pipe: '', passed: '' };
  const tree = treeReader(platform, finding.runsAs, realPath(data.from));
  const path = settingsPath(finding);
  const pipe = `{ ${line(tree.argv)} && echo ${quoted(seal)}; } | `;
  if (path === undefined) return { checks: checkLines(tree.checks), settings: [], pipe, passed: '' };
  const unread =
    settings === undefined
      ? [
          comment(
            'Its settings could not be read when this was made: nothing is done where they name another directory.',
          ),
        ]
      : [];
  const file = fileReader(platform, finding.runsAs, realPath(path));
  const isThere = line(asAccount(platform, finding.runsAs, ['test', '-e', realPath(path)]));
  return {
    checks: checkLines(tree.checks),
    settings: [
      ...unread,
      comment(`They may hold keys: only ${user.name} reads the copy of them.`),
      'settings=$(mktemp)',
      `if ${isThere}; then`,
      ...indented(checkLines(file.checks)),
      `  ${line(file.argv)} >"$settings"`,
      'fi',
      `chown ${user.uid} "$settings"`,
    ],
    pipe,
    passed: ' --settings "$settings"',
  };
}

/** The main part, in order: the checks, the stop, the user's part, the removal. */
function mainLines(input: ScriptInput, point: number): string[] {
  const { plan, user } = input;
  const reading = readingOf(input);
  return [
    'set -eu',
    ...beginning,
    ...ownCheck,
    'settings=',
    `trap 'rm -f -- "$settings"' EXIT`,
    ...reading.checks,
    ...reading.settings,
    '',
    comment(`as ${user.name}: can it be done, and can the data be taken whole?`),
    `${reading.pipe}${userCommand(input, ['--dry-run'])}${reading.passed}`,
    '',
    'trap back EXIT HUP INT TERM',
    ...commandsOf(plan, 0, point, 'do'),
    '',
    comment(
      `as ${user.name}: register the service, start it, and wait until it answers with the data there.`,
    ),
    '# An interrupt ends the copy, and that undoes the rest; it does not end the script between the two services.',
    'trap : HUP INT TERM',
    `${reading.pipe}${userCommand(input, [])}${reading.passed}`,
    '',
    '# it answers: the old one is not started again from here on',
    'trap - EXIT HUP INT TERM',
    'rm -f -- "$settings"',
    ...commandsOf(plan, point, plan.steps.length, 'do'),
  ];
}

/** The part that runs after a failure: it starts the old service again. */
function backLines({ plan }: ScriptInput, point: number): string[] {
  return [
    'status=$?',
    'trap - EXIT HUP INT TERM',
    ...commandsOf(plan, 0, point, 'undo'),
    'rm -f -- "$settings"',
    `echo 'memoryd: not moved; everything is as before' >&2`,
    '[ "$status" -ne 0 ] || status=1',
    'exit "$status"',
  ];
}

/**
 * Gives root's part of a migration as one script that the administrator can read before running it (pure, except that
 * links in the path of the data are resolved). Root runs system programs only, on the paths named in the script. The
 * user's program runs as the user. The script checks that the migration can be done, stops the old service, lets the
 * user's memoryd take over, and removes the old service only after the new one is verified. After a failure it starts
 * the old service again.
 */
export function rootScript(input: ScriptInput): string {
  const { finding, plan, user, target } = input;
  const point = plan.finishFrom ?? plan.steps.length;
  const { data } = target;
  const reads =
    data.kind === 'copy' && data.asRoot
      ? [comment(`It reads ${realPath(data.from)} as ${finding.runsAs}, and no other data.`)]
      : [];
  return `${[
    '#!/bin/sh',
    comment(`Moves ${idOf(finding)} to a service of ${user.name}'s (uid ${user.uid}).`),
    '# Written by `memoryd migrate --script`. Read it, then run it as root. Its data stay where they are, as a backup.',
    ...reads,
    '# sh reads all of it before it runs any of it.',
    'main() {',
    ...indented(mainLines(input, point)),
    '}',
    '',
    ...rootOnly,
    '',
    'back() {',
    ...indented(backLines(input, point)),
    '}',
    '',
    'main',
    'exit',
  ].join('\n')}\n`;
}
