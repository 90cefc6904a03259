import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFixture, type FileTree } from 'fs-fixture';
import { type SyncOptions, sync } from '../../src/cli/commands/sync.ts';
import type { Signals } from '../../src/sync/run.ts';
import { realSystem } from '../../src/system/system.ts';
import { key } from '../daemon/sync/server.ts';

export interface Run {
  code: number;
  out: string;
  talk: string;
  document: Record<string, never> | undefined;
}

/** A machine of a user who syncs one folder: its own home, its own client id. */
export async function createMachine(tree: FileTree = {}, apiKey: string | null = key) {
  const fixture = await createFixture({ home: {}, config: {}, folder: tree });
  const folder = join(fixture.path, 'folder');
  const real = realSystem();
  const env = { PATH: process.env.PATH, ...(apiKey === null ? {} : { MEMORYD_SYNC_KEY: apiKey }) };
  const system = { ...real, env, user: { ...real.user, home: join(fixture.path, 'home') } };
  const listeners = new Set<(signal: NodeJS.Signals) => void>();
  const signals: Signals = (listener) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };

  async function run(
    action: SyncOptions['action'],
    server: string,
    more: Partial<SyncOptions> & { json?: boolean; defaultFolder?: boolean } = {},
  ): Promise<Run> {
    const { json = false, defaultFolder = false, ...options } = more;
    const said = { out: '', talk: '' };
    let document: Run['document'];
    const code = await sync(
      { action, server, project: 'demo', timeout: 5, ...(defaultFolder ? {} : { dir: folder }), ...options },
      {
        system,
        configDir: join(fixture.path, 'config'),
        signals,
        output: {
          json,
          print(text) {
            said.out += `${text}\n`;
          },
          info(text) {
            if (!json) said.talk += `${text}\n`;
          },
          printJson: (value) => {
            document = value as Run['document'];
          },
        },
      },
    );
    return { code, ...said, document };
  }

  return {
    fixture,
    folder,
    system,
    run,
    signal: (signal: NodeJS.Signals) => {
      for (const listener of listeners) listener(signal);
    },
    read: (name: string) => readFile(join(folder, name), 'utf8'),
    write: (name: string, text: string) => writeFile(join(folder, name), text),
    /** What was kept, as name ending and text. */
    async backups(): Promise<{ name: string; text: string }[]> {
      const directory = join(folder, '.memoryd-sync', 'backups');
      const names = await readdir(directory).catch(() => []);
      const read = async (name: string) => ({ name, text: await readFile(join(directory, name), 'utf8') });
      return await Promise.all(names.map(read));
    },
  };
}
