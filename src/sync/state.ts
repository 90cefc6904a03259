import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { type SyncFileName, syncFileNames } from '../service/sync-protocol.ts';
import type { Files } from '../system/files.ts';
import type { Agreed } from './compare.ts';

/** The directory of a synced folder for state and backups. */
export const ownFolderName = '.memoryd-sync';

const agreedSchema = z.object({ sha256: z.string(), size: z.int(), mtime: z.string() });
const projectSchema = z.object({
  /** A `pull` took the lock, and no `push` has released it. */
  holding: z.boolean(),
  files: z.partialRecord(z.enum(syncFileNames), agreedSchema),
});
const stateSchema = z.object({
  schema: z.literal(1),
  clientId: z.string().min(1).max(200),
  projects: z.record(z.string(), projectSchema),
});

type Stored = z.output<typeof stateSchema>;

/** The recorded state of one project on one server. Every change is on disk when its promise resolves. */
export interface SyncState {
  clientId: string;
  agreed(name: SyncFileName): Agreed | undefined;
  recordAgreed(name: SyncFileName, agreed: Agreed): Promise<void>;
  holding(): boolean;
  hold(holding: boolean): Promise<void>;
}

function parse(text: string): Stored | undefined {
  try {
    return stateSchema.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function fresh(): Stored {
  const host = hostname()
    .replace(/[^A-Za-z0-9.-]/g, '-')
    .slice(0, 100);
  return { schema: 1, clientId: `${host}-${randomBytes(4).toString('hex')}`, projects: {} };
}

/**
 * Reads the state of a folder. A missing or unreadable state is replaced by an empty one, which loses nothing: every
 * difference then counts as changed on both sides, and what is overwritten is backed up.
 */
export async function openState(
  files: Files,
  folder: string,
  server: string,
  project: string,
): Promise<SyncState> {
  const path = join(folder, ownFolderName, 'state.json');
  const read = await files.read(path);
  const stored = (read.kind === 'content' ? parse(read.text) : undefined) ?? fresh();
  const key = `${server} ${project}`;
  const own = stored.projects[key] ?? { holding: false, files: {} };
  stored.projects[key] = own;
  const save = () => files.write(path, `${JSON.stringify(stored, null, 2)}\n`, 0o600);
  return {
    clientId: stored.clientId,
    agreed: (name) => own.files[name],
    async recordAgreed(name, agreed) {
      own.files[name] = agreed;
      await save();
    },
    holding: () => own.holding,
    async hold(holding) {
      own.holding = holding;
      await save();
    },
  };
}
