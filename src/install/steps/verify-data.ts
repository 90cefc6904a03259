import { join } from 'node:path';
import { MemorydError, messageOf } from '../../errors.ts';
import type { OwnDaemon } from '../../runtime/own-daemon.ts';
import type { VerifyData } from '../../service/migration-step.ts';
import { inspectTree } from '../../system/tree/inspect.ts';
import type { Manifest } from '../../system/tree/manifest.ts';
import { shownName } from '../../system/tree/names.ts';
import type { StepHandler } from '../context.ts';

const timeoutMs = 10_000;
const mostAsked = 20;

interface Listed {
  name: string;
  size: number;
}

/** What the sync API lists for a project, asked through the daemon's private socket. */
async function listFiles({ url, client }: OwnDaemon, project: string): Promise<Listed[]> {
  const failed = (why: string) =>
    new MemorydError('failed', `the new daemon does not list project ${project}: ${why}`);
  if (client === undefined) throw failed('it has no private socket');
  const path = new URL(`/projects/${encodeURIComponent(project)}/files`, url);
  try {
    const answer = await client.fetch(path, { signal: AbortSignal.timeout(timeoutMs) });
    if (answer.status !== 200) throw failed(`status ${answer.status}`);
    return ((await answer.json()) as { files: Listed[] }).files;
  } catch (error) {
    throw error instanceof MemorydError ? error : failed(messageOf(error));
  }
}

const missing = (what: readonly string[]): MemorydError =>
  new MemorydError(
    'failed',
    `data is missing from the new daemon: ${what.slice(0, 5).map(shownName).join(', ')}`,
  );

/** All copied files exist, whatever the daemon has added since. */
async function present(step: VerifyData, manifest: Manifest): Promise<void> {
  const wanted = manifest.entries.filter(({ kind }) => kind === 'file').length;
  if (wanted === 0) return;
  const summary = await inspectTree(step.directory);
  if (summary.files < wanted) throw missing([`${wanted - summary.files} files`]);
}

/**
 * The names of projects. Their content is already verified by hash, so only a few are asked for, below the rate limit.
 */
function projectsOf({ entries }: Manifest): string[] {
  return entries.flatMap(({ kind, name }) => {
    const project = /^projects\/([A-Za-z0-9_-]+)$/.exec(name)?.[1];
    return kind === 'directory' && project !== undefined ? [project] : [];
  });
}

/** The files of a project that the API should list, by the manifest. */
function filesOf({ entries }: Manifest, project: string): Listed[] {
  const prefix = `projects/${project}/`;
  return entries.flatMap((entry) => {
    if (entry.kind !== 'file' || !entry.name.startsWith(prefix)) return [];
    const name = entry.name.slice(prefix.length);
    return name.includes('/') || name.startsWith('.') ? [] : [{ name, size: entry.size }];
  });
}

async function listed(manifest: Manifest, daemon: OwnDaemon): Promise<void> {
  for (const project of projectsOf(manifest).slice(0, mostAsked)) {
    const there = await listFiles(daemon, project);
    const gone = filesOf(manifest, project).filter(
      (file) => !there.some(({ name, size }) => name === file.name && size === file.size),
    );
    // Servers list only sync files.
    const syncable = gone.filter(({ name }) =>
      /^(log\.jsonl|summary\.(json|md)|remembered\.json|entities\.json)$/.test(name),
    );
    if (syncable.length > 0) throw missing(syncable.map(({ name }) => join(project, name)));
  }
}

export const verifyData: StepHandler<VerifyData, null> = {
  capture: async () => null,
  async run(step, context) {
    const read = await context.system.files.read(step.manifest);
    if (read.kind !== 'content') throw missing(['the list of what was copied']);
    const manifest = JSON.parse(read.text) as Manifest;
    await present(step, manifest);
    if (!step.sync) return;
    const daemon = await context.daemon();
    try {
      await listed(manifest, daemon);
    } finally {
      daemon.client?.close();
    }
  },
  undo: async () => undefined,
};
