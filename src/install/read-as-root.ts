import { once } from 'node:events';
import { MemorydError } from '../errors.ts';
import type { RootReader } from '../service/migration-step.ts';
import { shellWord } from '../service/shell-line.ts';
import type { Argv, ExecResult } from '../system/exec.ts';
import type { System } from '../system/system.ts';
import { nameEncoding, shownName } from '../system/tree/names.ts';
import type { TreeRecord } from '../system/tree/record.ts';
import { decodeTar } from '../system/tree/tar.ts';
import { asRoot, elevatedTimeoutMs, refusedElevation } from './elevate.ts';

/** tar converts file names from the locale's encoding to UTF-8. In the C locale it writes the bytes as they are. */
const plain = { LC_ALL: 'C', TAR_OPTIONS: undefined };

function runAsRoot(system: System, argv: Argv, reason: string): Promise<ExecResult> {
  return system.exec.run(asRoot(system, argv, reason), { timeoutMs: elevatedTimeoutMs, env: plain });
}

/** What a command of root's prints. Throws `permission` when it fails or is refused. */
export async function outputAsRoot(
  system: System,
  argv: Argv,
  reason: string,
  accept: readonly number[] = [],
): Promise<string> {
  const result = await runAsRoot(system, argv, reason);
  if (result.kind === 'exited' && [0, ...accept].includes(result.code)) return result.stdout;
  throw refusedElevation(
    reason,
    result.kind === 'missing' ? 'there is no sudo' : 'stderr' in result ? result.stderr : '',
  );
}

/**
 * The first path that root is about to read and that another user can change; `undefined` when there is none.
 * Throws `permission` when root is refused.
 */
export async function openToOthers(
  system: System,
  { checks }: RootReader,
  reason: string,
): Promise<string | undefined> {
  for (const argv of checks) {
    const [found] = (await outputAsRoot(system, argv, reason)).split('\n');
    if (found !== undefined && found !== '') return found;
  }
  return undefined;
}

/** Throws `failed` with the first path that another user can change, `permission` when root is refused. */
export async function checkReader(system: System, reader: RootReader, reason: string): Promise<void> {
  const found = await openToOthers(system, reader, reason);
  if (found === undefined) return;
  const name = shownName(Buffer.from(found).toString(nameEncoding));
  throw new MemorydError('failed', `root does not read it: others than root can change ${name}`, {
    hint: `ls -ld ${shellWord(found)}`,
  });
}

/**
 * The tree at `root` as a reader of root's sends it. `accept` are exit codes of tar's that are fine beside 0.
 * Throws `failed` with what it says when it fails, `permission` when root is refused.
 */
export async function* treeAsRoot(
  system: System,
  reader: RootReader,
  root: string,
  reason: string,
  accept: readonly number[] = [],
): AsyncGenerator<TreeRecord> {
  await checkReader(system, reader, reason);
  const child = system.exec.spawn(asRoot(system, reader.argv, reason), {
    stdio: ['inherit', 'pipe', 'pipe'],
    env: { ...process.env, ...plain },
  });
  const ended = once(child, 'close').catch(() => [undefined]) as Promise<[number | null | undefined]>;
  let words = '';
  child.stderr?.on('data', (text) => {
    words += String(text);
  });
  const refused = () => refusedElevation(reason, words);
  try {
    for await (const record of decodeTar(child.stdout as AsyncIterable<Uint8Array>, root, false)) {
      // tar ends its archive properly even when it could not read a file: only its exit code tells.
      if (record.kind === 'done') {
        const [code] = await ended;
        if (typeof code !== 'number' || ![0, ...accept].includes(code)) throw refused();
      }
      yield record;
    }
  } catch (error) {
    // If the archive ended early, the sender has printed the reason.
    if (child.stdout?.readableEnded !== true) throw error;
    await ended;
    throw words === '' ? error : refused();
  } finally {
    // The reader ends when its output is closed.
    child.stdout?.destroy();
  }
}
