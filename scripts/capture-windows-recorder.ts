import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { hostname, release, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { hex } from '../src/platform/task-scheduler/codes.ts';
import { decodeOutput } from '../src/platform/task-scheduler/decode.ts';
import { type Argv, type ExecResult, systemExec } from '../src/system/exec.ts';
import { currentSid } from '../src/system/sid.ts';

/** The directory of the recordings, and of files used by the recorded commands. */
export const out = process.argv[2] ?? `windows-capture-${release()}`;
export const work = mkdtempSync(join(tmpdir(), 'capture-'));
mkdirSync(out, { recursive: true });

const asked = await currentSid(systemExec);
if (asked.kind === 'missing') throw new Error('there is no whoami');
export const user = userInfo().username;
export const { sid } = asked;

/** Replaces your name, machine and SID. */
function neutral(text: string): string {
  const own = [
    [sid, 'S-1-5-21-1-2-3-1001'],
    [hostname(), 'DESKTOP-1'],
    [hostname().toLowerCase(), 'desktop-1'],
    [user, 'alice'],
    [user.toLowerCase(), 'alice'],
  ] as const;
  return own.reduce((all, [mine, other]) => all.replaceAll(mine, other), text);
}

/** Appends a line to answers.txt. */
export function note(question: string, answer: string): void {
  console.log(`${question}: ${answer}`);
  writeFileSync(join(out, 'answers.txt'), neutral(`${question}: ${answer}\n`), { flag: 'a' });
}

/**
 * Runs a command. Records its exact output, except for names, as `<name>.txt`, and its exit code as a line of
 * codes.txt. Returns how it ended.
 */
export async function record(name: string, ...argv: Argv): Promise<ExecResult['kind']> {
  const result = await systemExec.run(argv);
  const code = result.kind === 'exited' ? `exit ${result.code} (${hex(result.code)})` : result.kind;
  const line = `${name}: ${code}: ${argv.join(' ')}`;
  console.log(line);
  writeFileSync(join(out, 'codes.txt'), neutral(`${line}\n`), { flag: 'a' });
  if (result.kind !== 'exited') return result.kind;
  const bytes = Buffer.from(result.bytes);
  const mark = bytes[0] === 0xff ? '\ufeff' : '';
  const wide = bytes.includes(0);
  const text = wide ? mark + decodeOutput(bytes) : bytes.toString('latin1');
  if (text !== '')
    writeFileSync(join(out, `${name}.txt`), Buffer.from(neutral(text), wide ? 'utf16le' : 'latin1'));
  if (result.stderr !== '') writeFileSync(join(out, `${name}.stderr.txt`), neutral(result.stderr));
  return result.kind;
}

export const schtasks = (name: string, ...args: string[]) => record(name, 'schtasks', ...args, '/hresult');

/** Creates a file for the recorded commands and returns its path. */
export function file(name: string, content: string | Uint8Array): string {
  const path = join(work, name);
  writeFileSync(path, content);
  return path;
}
