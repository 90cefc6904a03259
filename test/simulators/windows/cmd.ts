import { spawn } from 'node:child_process';
import { windowsArguments } from './command-line.ts';

/*
 * `cmd.exe /d /v:off /c set A=&set B=& program arguments`, as much of it as a task of ours uses: what `cmd /?` and
 * `help set` say, with the quotes and carets that cross-spawn (lib/util/escape.js) relies on.
 */

/** The commands of a line, apart at each `&` that is neither quoted nor behind a caret; carets are gone. */
function commands(line: string): string[] {
  const found = [''];
  const last = () => found.length - 1;
  let quoted = false;
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at] as string;
    if (character === '\r' || character === '\n') break;
    if (character === '"') quoted = !quoted;
    if (!quoted && character === '^') {
      at += 1;
      found[last()] += line[at] ?? '';
    } else if (!quoted && character === '&') found.push('');
    else if (!quoted && /[|<>()]/.test(character))
      throw new Error(`cmd would take ${character} for an operator`);
    else found[last()] += character;
  }
  return found;
}

/** The variables that `cmd.exe <line>` removes, and the argv of the program that it runs then. */
export function parseCmd(line: string): { removed: string[]; argv: string[] } {
  const [, rest] = /^\/d \/v:off \/c (?!")(.*)$/s.exec(line) ?? [];
  if (rest === undefined) throw new Error(`not a command line of ours: ${line}`);
  const all = commands(rest);
  const removed = all.slice(0, -1).map((command) => {
    const [, name] = /^\s*set ([A-Z_0-9]+)=$/.exec(command) ?? [];
    if (name === undefined) throw new Error(`removes nothing: ${command}`);
    return name;
  });
  return { removed, argv: windowsArguments(all.at(-1) ?? '') };
}

/** What the child of `conhost.exe --headless cmd.exe …` starts: the same, from the line that conhost makes. */
export function cmdOfChild(childLine: string): { removed: string[]; argv: string[] } {
  const [, rest = ''] = /^\S*\\cmd\.exe (.*)$/s.exec(childLine) ?? [];
  return parseCmd(rest);
}

/** Stands in for cmd.exe, which stays until the program ends, and exits with its code. */
export function cmd(): void {
  const [, , line = ''] = process.argv;
  const { removed, argv } = parseCmd(line);
  const env = { ...process.env };
  for (const name of removed) delete env[name];
  const [command = '', ...rest] = argv;
  const child = spawn(command, rest, { stdio: 'ignore', env });
  child.on('error', () => process.exit(9009));
  child.on('exit', (code) => process.exit(code ?? 1));
}
