import { dirname } from 'node:path';
import { MemorydError } from '../../errors.ts';
import type { CopyData } from '../../service/migration-step.ts';
import { keepHint } from '../../service/shell-line.ts';
import type { System } from '../../system/system.ts';
import { changesSince, checksumFile, type Manifest } from '../../system/tree/manifest.ts';
import { readTree } from '../../system/tree/read.ts';
import type { TreeRecord } from '../../system/tree/record.ts';
import { decodeTar } from '../../system/tree/tar.ts';
import { writeTree } from '../../system/tree/write.ts';
import type { StepContext, StepHandler } from '../context.ts';
import { treeAsRoot } from '../read-as-root.ts';

const partial = (to: string): string => `${to}.memoryd-partial`;

/** How often progress is reported. */
const tellEveryMs = 250;

function treeOf(system: System, { from, reader }: CopyData): AsyncIterable<TreeRecord> {
  if (reader === undefined) return readTree(from);
  return reader.kind === 'root'
    ? treeAsRoot(system, reader, from, reader.reason)
    : decodeTar(process.stdin, from, true);
}

/** Reports progress, with the remaining time at the pace so far. */
export function meter({ tell, system: { clock } }: StepContext, total: number): (bytes: number) => void {
  const start = clock.monotonic();
  let copied = 0;
  let next = start;
  return (bytes) => {
    copied += bytes;
    const now = clock.monotonic();
    if (now < next && copied < total) return;
    next = now + tellEveryMs;
    const pace = copied / Math.max(1, now - start);
    const msLeft = now - start < 1000 ? undefined : Math.max(0, Math.round((total - copied) / pace));
    tell?.({ kind: 'copied', bytes: copied, total: Math.max(total, copied), msLeft });
  };
}

async function readManifest({ files }: System, path: string): Promise<Manifest | undefined> {
  const read = await files.read(path);
  return read.kind === 'content' ? (JSON.parse(read.text) as Manifest) : undefined;
}

/** The lists of an earlier migration of the same daemon. Undo puts them back. */
export interface ListsBefore {
  manifest: string | null;
  checksums: string | null;
}

const checksumsOf = (manifest: string): string => `${manifest}.sha256`;

async function textAt({ files }: System, path: string): Promise<string | null> {
  const read = await files.read(path);
  return read.kind === 'content' ? read.text : null;
}

async function putBack({ files }: System, path: string, text: string | null): Promise<void> {
  if (text === null) await files.remove(path);
  else await files.write(path, text, 0o600);
}

export const copyData: StepHandler<CopyData, ListsBefore | null> = {
  async capture({ to, manifest }, { system }) {
    const seen = await system.files.inspect(to);
    if (seen.kind !== 'absent')
      throw new MemorydError('failed', `${to} already exists`, { hint: keepHint(to) });
    return {
      manifest: await textAt(system, manifest),
      checksums: await textAt(system, checksumsOf(manifest)),
    };
  },
  async run(step, context) {
    const { files, exec, platform } = context.system;
    const { to, manifest } = step;
    await files.removeTree(partial(to));
    await files.makeDirectory(dirname(to));
    const written = await writeTree(partial(to), treeOf(context.system, step), meter(context, step.bytes));
    await files.write(manifest, JSON.stringify(written), 0o600);
    await files.write(checksumsOf(manifest), checksumFile(written), 0o600);
    // One call flushes all files: flushing thousands of small files one by one would take minutes.
    if (platform !== 'win32') await exec.run(['sync'], { timeoutMs: 120_000 });
    await files.rename(partial(to), to);
    for (const name of written.skipped)
      context.tell?.({ kind: 'note', text: `skipped ${name}: it holds no data` });
  },
  async undo({ to, manifest }, before, context) {
    const { files } = context.system;
    await files.removeTree(partial(to));
    if ((await files.inspect(to)).kind !== 'absent') {
      const written = await readManifest(context.system, manifest);
      const changed = written === undefined ? ['everything'] : await changesSince(to, written);
      if (changed.length === 0) await files.removeTree(to);
      else {
        // Memories that the new daemon stored must not be deleted.
        const kept = `${to}.memoryd-kept-${context.system.clock.now().toISOString().replaceAll(':', '-')}`;
        await files.rename(to, kept);
        context.tell?.({
          kind: 'note',
          text: `the new daemon had stored data already; it is kept in ${kept}`,
        });
      }
    }
    await putBack(context.system, manifest, before?.manifest ?? null);
    await putBack(context.system, checksumsOf(manifest), before?.checksums ?? null);
  },
};
