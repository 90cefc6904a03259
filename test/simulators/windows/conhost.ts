import { spawn } from 'node:child_process';
import { dirname, join, win32 } from 'node:path';
import { conhostChildLine, windowsArguments } from './command-line.ts';

/** A program of System32 is a stand-in beside this one, and gets its command line as it is. */
function childArgv(line: string): string[] {
  const [, tool, rest = ''] = /^([A-Za-z]:\\\S*\.exe) (.*)$/s.exec(line) ?? [];
  if (tool === undefined) return windowsArguments(line);
  return [join(dirname(process.argv[1] as string), win32.basename(tool)), rest];
}

/**
 * Stands in for `conhost.exe --headless <command line>`: takes the line apart as conhost does, runs it without a
 * terminal, and exits with 0 whatever became of it. Killed, it leaves its child behind, as the real one does (W11).
 */
export function conhost(): void {
  // Whoever has a raw command line passes it as the one argument there is.
  const [, , ...args] = process.argv;
  const [command, ...rest] = childArgv(conhostChildLine(args.join(' ')));
  if (command === undefined) return;
  const child = spawn(command, rest, { stdio: 'ignore' });
  child.on('error', () => process.exit(0));
  child.on('exit', () => process.exit(0));
}
