import { randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, realpath, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, MemorydError } from '../../errors.ts';
import type { Log } from '../../service/log.ts';
import { lockFileName } from './lock-file.ts';
import { readPlain, replacePlain, sweep } from './plain-file.ts';
import { directoryNames } from './project-id.ts';
import { syncFileNames } from './protocol.ts';
import { createQueue } from './queue.ts';

const staging = /^\.sync-[0-9a-f]{16}$/;

/** The directories of the projects below one root. */
export interface Projects {
  /** Where a project's files are, or undefined when it has none. Creates nothing. */
  find(id: string): Promise<string | undefined>;
  /** The same for writing: a directory that is this project's alone. */
  existing(id: string): Promise<string | undefined>;
  /** The same, made 0700 when there is none, freed of half-written files. One call at a time for an id. */
  make(id: string): Promise<string>;
}

async function orAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}

/** The path of a real directory of exactly this name. A link, or `Foo` where `foo` was asked, resolves to another path. */
async function exact(root: string, name: string): Promise<string | undefined> {
  const path = join(root, name);
  if ((await orAbsent(realpath(path))) !== path) return undefined;
  return (await orAbsent(lstat(path)))?.isDirectory() ? path : undefined;
}

async function copyInto(from: string, to: string): Promise<void> {
  for (const name of [...syncFileNames, lockFileName]) {
    const file = await readPlain(join(from, name));
    if (file !== undefined) await replacePlain(to, name, file.bytes, file.mtime);
  }
}

/** Other users of the machine have no business in a directory of ours, also one that another server made. */
async function closeToOthers(path: string): Promise<void> {
  const stats = await lstat(path);
  if (stats.uid === process.getuid?.() && (stats.mode & 0o077) !== 0) await chmod(path, 0o700);
}

/** @param directory the root, which may be absent or a link and may hold what claude-mneme's server left */
export function createProjects(directory: string, log: Log): Projects {
  const changes = createQueue();

  async function own(root: string, id: string): Promise<string | undefined> {
    for (const name of directoryNames(id).own) {
      const path = await exact(root, name);
      if (path !== undefined) return path;
    }
    return undefined;
  }

  async function shared(root: string, id: string): Promise<string | undefined> {
    const name = directoryNames(id).shared;
    return name === undefined ? undefined : await exact(root, name);
  }

  async function freeName(root: string, id: string): Promise<string> {
    for (const name of directoryNames(id).own) {
      if ((await orAbsent(lstat(join(root, name)))) === undefined) return join(root, name);
      log('sync.name_taken', { directory: join(root, name) });
    }
    throw new MemorydError('failed', `no directory can be made for project ${id} in ${root}`);
  }

  /** What was stored under a shared name is copied, so that every id that used it goes on with all of it. */
  async function split(root: string, id: string, from: string): Promise<string> {
    for (const name of await readdir(root)) {
      if (staging.test(name)) await rm(join(root, name), { recursive: true, force: true });
    }
    const copy = join(root, `.sync-${randomBytes(8).toString('hex')}`);
    await mkdir(copy, { mode: 0o700 });
    await copyInto(from, copy);
    const path = await freeName(root, id);
    await rename(copy, path);
    log('sync.project_split', { project: id, from, to: path });
    return path;
  }

  async function existing(id: string): Promise<string | undefined> {
    const root = await orAbsent(realpath(directory));
    if (root === undefined) return undefined;
    const from = (await own(root, id)) === undefined ? await shared(root, id) : undefined;
    return from === undefined ? await own(root, id) : await split(root, id, from);
  }

  async function create(id: string): Promise<string> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const path = await freeName(await realpath(directory), id);
    await mkdir(path, { mode: 0o700 });
    return path;
  }

  return {
    async find(id) {
      const root = await orAbsent(realpath(directory));
      return root === undefined ? undefined : ((await own(root, id)) ?? (await shared(root, id)));
    },
    existing: (id) => changes.run(directory, () => existing(id)),
    async make(id) {
      const path = await changes.run(directory, async () => (await existing(id)) ?? (await create(id)));
      await closeToOthers(path);
      await sweep(path);
      return path;
    },
  };
}
