import { win32 } from 'node:path';
import { MemorydError } from '../errors.ts';
import type { Exec } from './exec.ts';

/**
 * The SID in what `whoami /user /fo csv /nh` prints: the last field. It alone is ASCII in every locale.
 * `undefined` when there is none.
 */
export function parseSid(output: string): string | undefined {
  return /"(S-1-\d+(?:-\d+)+)"\s*$/.exec(output)?.[1];
}

/** The shell of Git for Windows has a whoami of its own, first on its PATH, and that one knows no SIDs. */
export function whoami(): string {
  const root = process.platform === 'win32' ? process.env.SystemRoot : undefined;
  return root === undefined ? 'whoami' : win32.join(root, 'System32', 'whoami.exe');
}

/** This user's SID, as `whoami` tells it: Node has no way to ask. `missing` where there is no whoami. */
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
