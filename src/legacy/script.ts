import type { StepCommand } from '../service/migration-step.ts';
import type { Plan } from '../service/step.ts';
import type { Argv } from '../system/exec.ts';
import { type Finding, idOf } from './finding.ts';
import { readerArgv } from './look.ts';
import { settingsPath } from './settings.ts';
import type { Target } from './target.ts';

/** Everything in the script that is not the same for everybody. */
export interface ScriptInput {
  finding: Finding;
  plan: Plan;
  target: Target;
  /** Whose service it becomes: by name and home, because the administrator who runs the script may be somebody else. */
  user: { name: string; uid: number; home: string };
  /** What the user's part needs to find the user's service manager and programs. */
  environment: Readonly<Record<string, string>>;
  platform: NodeJS.Platform;
  self: Argv;
  /** What the command line said beside, passed on. */
  options: readonly string[];
}

/** A word for sh(1), in single quotes always: nothing in it is ever expanded. */
const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
const line = (argv: readonly string[]): string => argv.map(quoted).join(' ');

/** Root's commands of some steps, each with what it is for. */
function rootCommands(commands: readonly StepCommand[]): string[] {
  return commands.flatMap(({ argv, elevated, accept = [] }) => {
    if (elevated === undefined) return [];
    const run = accept.length === 0 ? line(argv) : `${line(argv)} || : # may fail`;
    return [`# ${elevated.reason.replace(/\s+/g, ' ')}`, run];
  });
}

function commandsOf(plan: Plan, from: number, to: number, which: 'do' | 'undo'): string[] {
  const steps = plan.steps.slice(from, to).flatMap((step) => (step.kind === 'legacy-command' ? [step] : []));
  const ordered = which === 'undo' ? steps.toReversed() : steps;
  return ordered.flatMap((step) => rootCommands(step[which]));
}

/** Becoming the user without a login: runuser is on every Linux, macOS has sudo and launchd's sessions. */
function becoming({ platform, user }: ScriptInput): string[] {
  if (platform === 'darwin') {
    return ['launchctl', 'asuser', String(user.uid), 'sudo', '-u', user.name, '--'];
  }
  return ['runuser', '-u', user.name, '--'];
}

/** The user's part, with the data on its input where only root reads them. */
function userPart(input: ScriptInput): string[] {
  const { finding, target, user, environment, self, options } = input;
  const { data } = target;
  const said = { ...environment, HOME: user.home, USER: user.name, LOGNAME: user.name };
  const variables = Object.entries(said).map(([name, value]) => `${name}=${value}`);
  const command = ['migrate', target.service, '--from', idOf(finding), '--by-script', ...options];
  const run = line([...becoming(input), 'env', '-i', ...variables, ...self, ...command]);
  if (data.kind !== 'copy' || !data.asRoot) return [run];
  const settings = settingsPath(finding);
  if (settings === undefined) return [`${line(readerArgv(self, 'tree', data.from))} | ${run}`];
  return [
    // They may hold keys: a file that nobody else reads, and no argument.
    'umask 077',
    'settings=$(mktemp)',
    `${line(readerArgv(self, 'file', settings))} >"$settings"`,
    `chown ${user.uid} "$settings"`,
    `${line(readerArgv(self, 'tree', data.from, settings))} | ${run} --settings "$settings"`,
  ];
}

/**
 * Root's part as one script that can be read before it is run, by whoever may (pure). It stops the old service, lets the
 * user's memoryd take over, and removes the old one only when that is verified; else it starts it again.
 */
export function rootScript(input: ScriptInput): string {
  const { finding, plan, target, user, self } = input;
  const point = plan.finishFrom ?? plan.steps.length;
  const stop = commandsOf(plan, 0, point, 'do');
  const start = commandsOf(plan, 0, point, 'undo');
  const remove = commandsOf(plan, point, plan.steps.length, 'do');
  const { data } = target;
  const check =
    data.kind === 'copy' && data.asRoot
      ? [line(readerArgv(self, 'check', data.from, settingsPath(finding)))]
      : [];
  return `${[
    '#!/bin/sh',
    `# Moves ${idOf(finding).replace(/\s+/g, ' ')} to a service of ${user.name}'s (uid ${user.uid}).`,
    '# Written by `memoryd migrate --script`. Read it, then run it as root. Its data stay where they are, as a backup.',
    'set -eu',
    'settings=',
    `if [ "$(id -u)" -ne 0 ]; then echo 'memoryd: run this as root' >&2; exit 77; fi`,
    ...check,
    '',
    'back() {',
    '  status=$?',
    '  trap - EXIT HUP INT TERM',
    ...start.map((one) => `  ${one}`),
    '  rm -f -- "$settings"',
    `  echo 'memoryd: not moved; everything is as before' >&2`,
    '  [ "$status" -ne 0 ] || status=1',
    '  exit "$status"',
    '}',
    'trap back EXIT HUP INT TERM',
    '',
    ...stop,
    '',
    `# what ${user.name} does: register the service, start it, and wait until it answers with the data there`,
    ...userPart(input),
    '',
    '# it answers: the old one is not started again from here on',
    'trap - EXIT HUP INT TERM',
    'rm -f -- "$settings"',
    ...remove,
  ].join('\n')}\n`;
}
