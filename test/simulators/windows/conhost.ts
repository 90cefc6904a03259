import { spawn } from 'node:child_process';
import { conhostChildArgv } from './command-line.ts';

/**
 * Stands in for `conhost.exe --headless <command line>`: takes the line apart as conhost does, runs it without a
 * terminal, and exits with 0 whatever became of it. Killed, it leaves its child behind, as the real one does (W11).
 */
export function conhost(): void {
  // Whoever has a raw command line passes it as the one argument there is.
  const [, , ...args] = process.argv;
  const [command, ...rest] = conhostChildArgv(args.join(' '));
  if (command === undefined) return;
  const child = spawn(command, rest, { stdio: 'ignore' });
  child.on('error', () => process.exit(0));
  child.on('exit', () => process.exit(0));
}
