import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { MemorydError } from '../../errors.ts';
import type { Argv } from '../../system/exec.ts';
import type { System } from '../../system/system.ts';
import { elevatedTimeoutMs } from '../elevate.ts';
import { type CopiedFile, wrapperScript } from './wrapper.ts';

/** Gives the argv of the elevated program, which is bundled beside the program that this process runs. */
export const elevatedProgram = ([node, script = '']: Argv): [string, string] => [
  node,
  join(dirname(script), 'chunks', 'elevated.cjs'),
];

/** Gives the directory of an elevated run. Only administrators can write below Program Files. */
export const ownDirectory = ({ env }: Pick<System, 'env'>, name: string): string =>
  join(env.ProgramFiles ?? 'C:\\Program Files', name);

async function copied({ files }: System, from: string, name: string): Promise<CopiedFile> {
  const read = await files.read(from);
  if (read.kind !== 'content') throw new MemorydError('failed', `cannot read ${from}: ${read.kind}`);
  return { from, name, sha256: createHash('sha256').update(read.bytes).digest('hex').toUpperCase() };
}

/** The path of PowerShell as an expression that asks the system, because the user controls PATH and the variables. */
const powershell = `[IO.Path]::Combine([Environment]::SystemDirectory, 'WindowsPowerShell', 'v1.0', 'powershell.exe')`;

const encoded = (script: string): string => Buffer.from(script, 'utf16le').toString('base64');

/**
 * Starts the elevated program and resolves once it is started. Windows asks the user first, and its prompt shows
 * PowerShell and the whole command. `name` is the run's own directory below Program Files, see wrapper.ts.
 * Throws `permission` when the user refuses.
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
