import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { MemorydError } from '../../errors.ts';
import type { Argv } from '../../system/exec.ts';
import type { System } from '../../system/system.ts';
import { elevatedTimeoutMs } from '../elevate.ts';
import { type CopiedFile, wrapperScript } from './wrapper.ts';

/** The elevated program, among the commands of the one that this process runs. */
export const elevatedProgram = ([node, script = '']: Argv): [string, string] => [
  node,
  join(dirname(script), 'chunks', 'elevated.cjs'),
];

/** The directory of an elevated run. Only administrators can write below Program Files. */
export const ownDirectory = ({ env }: Pick<System, 'env'>, name: string): string =>
  join(env.ProgramFiles ?? 'C:\\Program Files', name);

async function copied({ files }: System, from: string, name: string): Promise<CopiedFile> {
  const read = await files.read(from);
  if (read.kind !== 'content') throw new MemorydError('failed', `cannot read ${from}: ${read.kind}`);
  return { from, name, sha256: createHash('sha256').update(read.bytes).digest('hex').toUpperCase() };
}

/** The path of PowerShell, asked of the system: the PATH and the variables are the user's. */
const powershell = `[IO.Path]::Combine([Environment]::SystemDirectory, 'WindowsPowerShell', 'v1.0', 'powershell.exe')`;

const encoded = (script: string): string => Buffer.from(script, 'utf16le').toString('base64');

/**
 * Starts our elevated program, and comes back once it is started: Windows asks the person first, and names PowerShell
 * and all that it is to do. `name` is a directory of the run's own below Program Files, see wrapper.ts.
 * Throws `permission` when it is refused.
 */
export async function launchElevated(
  system: System,
  [node, script]: readonly [string, string],
  { name, args, reason }: { name: string; args: Argv; reason: string },
): Promise<void> {
  const wrapper = wrapperScript({
    name,
    node: await copied(system, node, 'node.exe'),
    script: await copied(system, script, basename(script)),
    args,
  });
  const start = `Start-Process -Verb RunAs -WindowStyle Minimized -FilePath (${powershell}) -ArgumentList '-NoProfile -NonInteractive -EncodedCommand ${encoded(wrapper)}'`;
  const argv = [
    'powershell',
    '-NoProfile',
    '-NonInteractive',
    '-Command',
    `$ErrorActionPreference = 'Stop'; ${start}`,
  ] as const;
  const result = await system.exec.run(argv, { timeoutMs: elevatedTimeoutMs });
  if (result.kind === 'exited' && result.code === 0) return;
  throw new MemorydError('permission', `an administrator is needed to ${reason}`, {
    words: 'stderr' in result ? result.stderr : result.kind,
    hint: 'memoryd migrate',
  });
}
