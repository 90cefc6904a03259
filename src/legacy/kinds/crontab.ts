import { type Lookout, recogniseEntry, type Sighting } from '../lookout.ts';
import { splitShell } from '../read/command-line.ts';

/** The user's own crontab, and what runs now. */
export interface CrontabFacts {
  lines: readonly string[];
  /** Processes of this user by argv, to find what a line started. */
  processes: readonly { pid: number; argv: readonly string[] }[];
}

/** Redirections and a last `&` say where the output goes, not what runs. */
function wordsOf(command: string): [string, ...string[]] | undefined {
  const bare = command.replace(/\s(?:[12&]?>{1,2}\s*\S+|2>&1)/g, ' ').replace(/\s*&\s*$/, '');
  const [first, ...rest] = splitShell(bare) ?? [];
  return first === undefined ? undefined : [first, ...rest];
}

const sameWords = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((word, at) => word === b[at]);

/** `@reboot` lines that start a memory daemon (pure). The line itself is the identity. */
export function detectCrontab({ lines, processes }: CrontabFacts, lookout: Lookout): Sighting[] {
  return lines.flatMap((line): Sighting[] => {
    const command = /^\s*@reboot\s+(.*\S)\s*$/.exec(line)?.[1];
    if (command === undefined) return [];
    const argv = wordsOf(command);
    const entry = { name: command, command: argv, runsAs: lookout.user.name };
    const known = recogniseEntry('crontab', entry, lookout);
    if (known === undefined) return [];
    const running = argv && processes.find((process) => sameWords(process.argv, argv));
    return [
      {
        kind: 'crontab',
        ...known,
        line,
        crontab: lines.join('\n'),
        run: running === undefined ? { kind: 'stopped' } : { kind: 'running', pid: running.pid },
        starts: 'enabled',
        definedIn: ['crontab'],
        notes: [],
        needsAdmin: [],
        handling:
          argv === undefined
            ? {
                kind: 'report',
                why: 'a shell does more than start a program there',
                commands: [['crontab', '-e']],
              }
            : { kind: 'migrate' },
      },
    ];
  });
}
