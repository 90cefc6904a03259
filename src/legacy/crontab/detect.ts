import { splitShell } from '../command-line.ts';
import { type Candidate, type DetectionContext, recogniseEntry } from '../detection-context.ts';
import type { LegacyAction, RunState } from '../finding.ts';

/** The user's crontab and running processes. */
export interface CrontabFacts {
  /** One character per byte, because the lines need not be UTF-8. */
  lines: readonly string[];
  /** This user's processes, to find the one that a line started. Processes under a memoryd host are not among them. */
  processes: readonly { pid: number; argv: readonly string[] }[];
}

/** The prefix of a line that `--keep-old` disabled. cron ignores it as a comment. */
export const keptMark = '# kept by memoryd: ';

/** Variables that cron itself uses or sets for every job. crontab(5) */
const notTheDaemons = /^(SHELL|MAILTO|MAILFROM|CRON_TZ|RANDOM_DELAY|CONTENT_\w+|LOGNAME|USER)$/;

/**
 * The words of a command without redirections and a final `&`, which only say where the output goes.
 * Gives `undefined` where a shell is needed, and for `%`, which cron replaces with a newline.
 */
function wordsOf(command: string): string[] | undefined {
  const bare = command.replace(/\s(?:[12&]?>{1,2}\s*\S+|2>&1)/g, ' ').replace(/\s*&\s*$/, '');
  return bare.includes('%') ? undefined : splitShell(bare);
}

/**
 * The argv of a command and the variables assigned before it. `argv` is undefined when only a shell can run the
 * command.
 */
function parts(command: string): { argv: [string, ...string[]] | undefined; variables: [string, string][] } {
  const words = wordsOf(command) ?? [];
  const at = words.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word));
  const [first, ...rest] = at < 0 ? [] : words.slice(at);
  const variables = words.slice(0, Math.max(at, 0)).map((word): [string, string] => {
    const equals = word.indexOf('=');
    return [word.slice(0, equals), word.slice(equals + 1)];
  });
  return { argv: first === undefined ? undefined : [first, ...rest], variables };
}

/**
 * The variables that `NAME = value` lines set before an entry. cron expands nothing in a value and removes quotes
 * around it.
 */
function variablesAbove(lines: readonly string[]): [string, string][] {
  return lines.flatMap((line): [string, string][] => {
    const [, name = '', value = ''] = /^\s*["']?([A-Za-z_]\w*)["']?\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    const bare = /^"(.*)"$|^'(.*)'$/.exec(value);
    return name === '' || notTheDaemons.test(name) ? [] : [[name, bare?.[1] ?? bare?.[2] ?? value]];
  });
}

const sameWords = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((word, at) => word === b[at]);

function runOf(argv: readonly string[] | undefined, processes: CrontabFacts['processes']): RunState {
  const same = argv === undefined ? [] : processes.filter((process) => sameWords(process.argv, argv));
  const [one, ...others] = same;
  if (one === undefined) return { kind: 'stopped' };
  return others.length === 0
    ? { kind: 'running', pid: one.pid }
    : { kind: 'unknown', why: `${same.length} processes run it` };
}

function crontabAction(argv: readonly string[] | undefined, run: RunState): LegacyAction {
  if (argv === undefined) {
    return {
      kind: 'report',
      why: 'its line is a shell script and not a single command',
      commands: [['crontab', '-e']],
    };
  }
  // Another program may run the same command, so one of several is not chosen (X03).
  return run.kind === 'unknown'
    ? { kind: 'report', why: `${run.why}, and it is unknown which of them cron started`, commands: [] }
    : { kind: 'migrate' };
}

const utf8 = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');

/**
 * Finds the `@reboot` lines that start a memory daemon, including those that `--keep-old` disabled (pure). A line is
 * identified by its command.
 */
export function detectCrontab({ lines, processes }: CrontabFacts, context: DetectionContext): Candidate[] {
  return lines.flatMap((line, at): Candidate[] => {
    const isKept = line.startsWith(keptMark);
    const text = utf8(isKept ? line.slice(keptMark.length) : line);
    const command = /^\s*@reboot\s+(.*\S)\s*$/.exec(text)?.[1];
    if (command === undefined) return [];
    const { argv, variables } = parts(command);
    const environment = Object.fromEntries([...variablesAbove(lines.slice(0, at).map(utf8)), ...variables]);
    const entry = { name: command, command: argv, runsAs: context.user.name, environment };
    const known = recogniseEntry('crontab', entry, context);
    if (known === undefined) return [];
    const run: RunState = isKept ? { kind: 'stopped' } : runOf(argv, processes);
    return [
      {
        kind: 'crontab',
        ...known,
        line,
        crontab: lines.join('\n'),
        run,
        starts: isKept ? 'disabled' : 'enabled',
        definedIn: ['crontab'],
        notes: [],
        needsAdmin: [],
        handling: crontabAction(argv, run),
      },
    ];
  });
}
