import { win32 } from 'node:path';
import { MemorydError } from '../errors.ts';
import type { Exec } from './exec.ts';

/**
 * The SID in the output of `whoami /user /fo csv /nh`: the last field, which is the only one that is ASCII in every
 * locale. `undefined` if there is none.
 */
export function parseSid(output: string): string | undefined {
  return /"(S-1-\d+(?:-\d+)+)"\s*$/.exec(output)?.[1];
}

/**
 * The full path, because the shell of Git for Windows has another whoami first on its PATH, which does not know SIDs.
 */
export function whoami(): string {
  const root = process.platform === 'win32' ? process.env.SystemRoot : undefined;
  return root === undefined ? 'whoami' : win32.join(root, 'System32', 'whoami.exe');
}

/** This user's SID, from `whoami`: Node has no function for it. `missing` if there is no whoami. */
export async function currentSid(exec: Exec): Promise<{ kind: 'sid'; sid: string } | { kind: 'missing' }> {
  const result = await exec.run([whoami(), '/user', '/fo', 'csv', '/nh']);
  if (result.kind === 'missing') return result;
  if (result.kind === 'timeout') {
    throw new MemorydError('failed', `whoami did not answer within ${result.afterMs / 1000} s`, {
      hint: 'whoami /user',
    });
  }
  const sid = result.kind === 'exited' && result.code === 0 ? parseSid(result.stdout) : undefined;
  if (sid !== undefined) return { kind: 'sid', sid };
  throw new MemorydError('failed', 'whoami did not print the SID of this user', {
    hint: 'whoami /user',
    words: result.stderr || result.stdout,
  });
}
