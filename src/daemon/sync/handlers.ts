import type { IncomingMessage } from 'node:http';
import type { Log } from '../../service/log.ts';
import type { Clock } from '../../system/clock.ts';
import { bodyLimit, readBody } from '../http/body.ts';
import { refusal, type SyncAnswer } from './answer.ts';
import { parseContent } from './content.ts';
import type { Count } from './counts.ts';
import type { LockAnswer, Locks } from './locks.ts';
import type { Projects } from './projects.ts';
import type { Queue } from './queue.ts';
import { refusedName, type SyncRoute } from './route.ts';
import { listFiles, readSyncFile, writeSyncFile } from './store.ts';

/** What the handlers need. `queue` runs changes of one project one after another. */
export interface Context {
  projects: Projects;
  locks: Locks;
  queue: Queue;
  clock: Clock;
  log: Log;
  count: Count;
}

type Served = Exclude<SyncRoute, { kind: 'bad-request' | 'not-found' }>;
type Upload = Extract<Served, { kind: 'upload' }>;

const nobody: LockAnswer = { kind: 'nobody' };
const longestClientId = 256;

function clientIdOf(request: IncomingMessage): string | undefined {
  const value = request.headers['x-client-id'];
  const id = typeof value === 'string' ? value.trim() : '';
  return id === '' || id.length > longestClientId ? undefined : id;
}

function holderAnswer({ projects, locks }: Context, project: string): SyncAnswer {
  const directory = projects.find(project);
  const lock = directory === undefined ? undefined : locks.holder(directory);
  return { status: 200, body: { locked: lock !== undefined, lock: lock ?? null } };
}

async function acquire(context: Context, project: string, clientId: string): Promise<SyncAnswer> {
  const result = await context.locks.acquire(await context.projects.make(project), clientId);
  if (result.kind === 'yours') {
    context.count('locksGranted');
    context.log('sync.locked', { project, client: clientId });
    return { status: 200, body: { success: true, lock: result.lock } };
  }
  context.count('lockConflicts');
  return refusal(409, 'lock held by another client', result.kind === 'theirs' ? { lock: result.lock } : {});
}

async function heartbeat(context: Context, project: string, clientId: string): Promise<SyncAnswer> {
  const directory = await context.projects.existing(project);
  const result = directory === undefined ? nobody : await context.locks.heartbeat(directory, clientId);
  if (result.kind === 'nobody') return refusal(403, 'no lock to extend');
  if (result.kind === 'theirs') return refusal(403, 'lock held by another client', { lock: result.lock });
  return { status: 200, body: { success: true, lock: result.lock } };
}

async function release(context: Context, project: string, clientId: string): Promise<SyncAnswer> {
  const directory = await context.projects.existing(project);
  const result = directory === undefined ? nobody : await context.locks.release(directory, clientId);
  if (result.kind === 'theirs') return refusal(403, 'lock held by another client', { lock: result.lock });
  if (result.kind === 'nobody')
    return { status: 200, body: { success: true, message: 'no lock to release' } };
  context.log('sync.released', { project, client: clientId });
  return { status: 200, body: { success: true } };
}

function download({ projects, count }: Context, project: string, name: Upload['name']): SyncAnswer {
  const directory = projects.find(project);
  const file = directory === undefined ? undefined : readSyncFile(directory, name);
  if (file === undefined) return refusal(404, 'file not found');
  count('filesServed');
  return { status: 200, body: file };
}

async function store(context: Context, { project, name }: Upload, clientId: string, bytes: Buffer) {
  const directory = await context.projects.existing(project);
  // Checked after the body was read, because the lock may have expired meanwhile.
  const lock = directory === undefined ? undefined : context.locks.holder(directory);
  if (directory === undefined || lock === undefined) {
    return refusal(403, 'no lock held: acquire the lock before writing');
  }
  if (lock.clientId !== clientId) return refusal(403, 'lock held by another client', { lock });
  const mtime = await writeSyncFile(directory, name, bytes, context.clock);
  context.count('filesStored');
  context.count('bytesStored', bytes.length);
  context.log('sync.stored', { project, name, client: clientId, bytes: bytes.length });
  return { status: 200, body: { success: true, mtime } };
}

async function upload(
  context: Context,
  route: Upload,
  clientId: string,
  request: IncomingMessage,
): Promise<SyncAnswer> {
  const body = await readBody(request, context.clock);
  if (body.kind === 'too-large') return refusal(413, `the body is larger than ${bodyLimit} bytes`);
  if (body.kind === 'too-slow') return refusal(408, 'the body took too long', {}, { connection: 'close' });
  // A partial body is not stored. The client has disconnected and does not read this answer.
  if (body.kind === 'cut-off') return refusal(400, 'the body ended early');
  const content = parseContent(body.bytes, request.headers['content-type']);
  if (content.kind === 'refused') return refusal(400, content.why);
  return await context.queue.run(route.project, () => store(context, route, clientId, content.bytes));
}

/** Serves one request. The caller has checked its route and key. Throws the errors of the file system. */
export async function serve(context: Context, route: Served, request: IncomingMessage): Promise<SyncAnswer> {
  const { project } = route;
  if (route.kind === 'holder') return holderAnswer(context, project);
  if (route.kind === 'download') return download(context, project, route.name);
  if (route.kind === 'list') {
    const directory = context.projects.find(project);
    return { status: 200, body: { files: directory === undefined ? [] : listFiles(directory) } };
  }
  const clientId = clientIdOf(request);
  if (clientId === undefined)
    return refusal(400, `X-Client-Id header required, at most ${longestClientId} characters`);
  // claude-mneme's server answers 403 to an upload of such a name, and 400 to a download. Its clients know both.
  if (route.kind === 'refused-upload') return refusal(403, refusedName);
  if (route.kind === 'upload') return await upload(context, route, clientId, request);
  const act = { acquire, heartbeat, release }[route.kind];
  return await context.queue.run(project, () => act(context, project, clientId));
}
