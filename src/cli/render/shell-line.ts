import { shellWord } from '../../service/shell-word.ts';

/** An argv that can be pasted into a shell. */
export function shellLine(argv: readonly string[]): string {
  return argv.map(shellWord).join(' ');
}
