import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { MemorydError } from '../errors.ts';
import type { SyncFileName } from '../service/sync-protocol.ts';
import type { System } from '../system/system.ts';
import type { LocalFile } from './compare.ts';
import { ownFolderName } from './state.ts';

/** How many backups of one file are kept. The oldest are removed first. */
export const backupsKept = 20;

/** A local file with its text. */
export interface LocalText extends LocalFile {
  kind: 'text';
  text: string;
}

/** The folder whose files are synced. */
export interface Folder {
  path: string;
  /** `not-text`: not UTF-8, so it cannot be sent unchanged. */
  read(name: SyncFileName): Promise<LocalText | { kind: 'absent' | 'not-text' }>;
  /** Backs up a text before it is overwritten here or on the server. Returns the path of the backup. */
  backUp(name: SyncFileName, side: 'local' | 'server', text: string | Uint8Array): Promise<string>;
  /** Replaces a file atomically, after backing it up. Returns the path of the backup. */
  replace(name: SyncFileName, text: string): Promise<string | undefined>;
}

/** The SHA-256 hash of `content` in hex. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Returns the folder at `path`. Its functions reject with `failed` if a file cannot be read. */
export function openFolder({ files, clock }: Pick<System, 'files' | 'clock'>, path: string): Folder {
  const backups = join(path, ownFolderName, 'backups');

  async function bytesOf(name: SyncFileName): Promise<Buffer | undefined> {
    const found = await files.read(join(path, name));
    if (found.kind === 'unreadable')
      throw new MemorydError('failed', `cannot read ${join(path, name)}: ${found.why}`);
    return found.kind === 'content' ? found.bytes : undefined;
  }

  async function prune(name: SyncFileName): Promise<void> {
    const old = (await files.list(backups))
      .filter((backup) => backup.endsWith(`-${name}`))
      .slice(0, -backupsKept);
    for (const backup of old) await files.remove(join(backups, backup));
  }

  async function backUp(name: SyncFileName, side: 'local' | 'server', content: string | Uint8Array) {
    // File names on Windows cannot contain colons. The hash distinguishes two backups of the same millisecond.
    const time = clock.now().toISOString().replaceAll(':', '-');
    const backup = join(backups, `${time}-${sha256(content).slice(0, 8)}-${side}-${name}`);
    await files.write(backup, content, 0o600);
    await prune(name);
    return backup;
  }

  return {
    path,
    backUp,
    async read(name) {
      const bytes = await bytesOf(name);
      const found = await files.inspect(join(path, name));
      if (bytes === undefined || !('stats' in found)) return { kind: 'absent' };
      const text = decode(bytes);
      if (text === undefined) return { kind: 'not-text' };
      return { kind: 'text', text, sha256: sha256(bytes), mtimeMs: found.stats.mtimeMs };
    },
    async replace(name, text) {
      const before = await bytesOf(name);
      const backup = before === undefined ? undefined : await backUp(name, 'local', before);
      await files.write(join(path, name), text, 0o600);
      return backup;
    },
  };
}
