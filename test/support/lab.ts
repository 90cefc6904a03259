import { appendFileSync } from 'node:fs';
import { cp, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ExecOptions, type ExecResult, systemExec } from '../../src/system/exec.ts';

/** What scripts/lab and those who live in it have in common. */

export const repository = join(import.meta.dirname, '..', '..');

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions extends Pick<ExecOptions, 'timeoutMs' | 'input' | 'cwd'> {
  env?: Readonly<Record<string, string>>;
}

/** A command's end; throws when it did not end by itself. */
export function ran(argv: readonly string[], result: ExecResult): Ran {
  if (result.kind === 'exited') return { code: result.code, stdout: result.stdout, stderr: result.stderr };
  throw new Error(`${argv.join(' ')}: ${JSON.stringify({ ...result, bytes: undefined })}`);
}

/** Runs a script of scripts/lab; throws with its words unless it exits 0. */
export async function lab(script: string, args: string[], timeoutMs = 60_000): Promise<string> {
  const argv = ['bash', join(repository, 'scripts', 'lab', script), ...args] as const;
  const { code, stdout, stderr } = ran(argv, await systemExec.run(argv, { timeoutMs }));
  if (code !== 0) throw new Error(`${script} ${args.join(' ')}: exit ${code}: ${stderr}`);
  return stdout.trim();
}

/** Notes an account or a machine, so that the end of the run can look for what is left of it. */
export function noteMade(...words: string[]): void {
  const notes = process.env.MEMORYD_TEST_MADE;
  if (notes !== undefined) appendFileSync(notes, `${words.join(' ')}\n`);
}

/** Whether everybody may read `path`: a checkout in a private directory is closed to the users of the lab. */
export async function isOpenToAll(path: string): Promise<boolean> {
  for (let above = dirname(path); above !== '/'; above = dirname(above)) {
    if (((await stat(above)).mode & 0o001) === 0) return false;
  }
  return ((await stat(path)).mode & 0o005) === 0o005;
}

/** Copies entries of the repository (`dist`, `templates`, …) below `to`, readable by all if `to` is. */
export async function bring(entries: readonly string[], to: string): Promise<void> {
  for (const entry of entries) {
    await mkdir(dirname(join(to, entry)), { recursive: true });
    await cp(join(repository, entry), join(to, entry), { recursive: true, dereference: true });
  }
}
