import { createInterface } from 'node:readline/promises';
import { MemorydError } from '../errors.ts';

/**
 * Asks for confirmation on the terminal. Throws `failed` for any answer but yes, and `usage` if there is no terminal.
 * `command` is the command line that does it without asking.
 */
export async function confirm(question: string, command: string): Promise<void> {
  if (!process.stdin.isTTY)
    throw new MemorydError('usage', 'cannot ask for confirmation: standard input is not a terminal', {
      hint: command,
    });
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} [y/N] `).finally(() => terminal.close());
  if (!/^y(es)?$/i.test(answer.trim()))
    throw new MemorydError('failed', 'not confirmed: nothing was changed');
}
