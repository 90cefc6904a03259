import { splitShell } from '../command-line.ts';
import { type Candidate, type DetectionContext, recogniseEntry } from '../detection-context.ts';
import type { LegacyAction, RunState } from '../finding.ts';

/** The user's own crontab, and what runs now. */
export interface CrontabFacts {
  /** One character for each byte: they need not be UTF-8. */
  lines: readonly string[];
  /** This user's processes, to find what a line started; those that a service of memoryd's keeps are none of them. */
  processes: readonly { pid: number; argv: readonly string[] }[];
}

/** Before a line that `--keep-old` left: cron takes it for a comment. */
export const keptMark = '# kept by memoryd: ';

/** What cron reads for itself, and what it sets for everybody. crontab(5) */
const notTheDaemons = /^(SHELL|MAILTO|MAILFROM|CRON_TZ|RANDOM_DELAY|CONTENT_\w+|LOGNAME|USER)$/;

/** Redirections and a last `&` say where the output goes, not what runs. cron makes a newline of `%`. */
function wordsOf(command: string): string[] | undefined {
  const bare = command.replace(/\s(?:[12&]?>{1,2}\s*\S+|2>&1)/g, ' ').replace(/\s*&\s*$/, '');
  return bare.includes('%') ? undefined : splitShell(bare);
}

/** The words of a command and the variables that stand before them; no command for what only a shell can run. */
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

/** `NAME = value` on the lines before: nothing in it is expanded, and quotes around it are none of it. */
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
  // One of them may be somebody's who only runs the same (X03).
  return run.kind === 'unknown'
    ? { kind: 'report', why: `${run.why}, and it is unknown which of them cron started`, commands: [] }
    : { kind: 'migrate' };
}

const utf8 = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');

/** `@reboot` lines that start a memory daemon, or did (pure). The command is the identity. */
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
