import * as z from 'zod';
import { type FileEntry, type SyncFileName, type SyncLock, syncFileNames } from '../service/sync-protocol.ts';
import { type HttpOptions, type SyncRequest, send } from './http.ts';
import type { SyncReply } from './trouble.ts';

const lockSchema = z.object({ clientId: z.string(), acquiredAt: z.string(), expiresAt: z.string() });
const timeSchema = z.string().refine((text) => Number.isFinite(Date.parse(text)));
const healthSchema = z.object({ status: z.string() });
const holderSchema = z.object({ locked: z.boolean(), lock: lockSchema.nullable() });
const grantSchema = z.object({ lock: lockSchema });
const entrySchema = z.object({ name: z.enum(syncFileNames), size: z.int().min(0), mtime: timeSchema });
const listSchema = z.object({ files: z.array(z.unknown()) });
const fileSchema = z.object({ content: z.string(), mtime: timeSchema });
const storedSchema = z.object({ mtime: timeSchema });
const errorSchema = z.object({ error: z.string(), lock: lockSchema.nullish() });

const quick = { timeoutMs: 5000, retries: 0 };

/** One project on one server, as one client. Every result is a value; nothing throws. */
export interface Remote {
  clientId: string;
  /** The same project as another client. */
  as(clientId: string): Remote;
  health(): Promise<SyncReply<unknown>>;
  holder(): Promise<SyncReply<SyncLock | undefined>>;
  /** Takes the lock; `locked` if another client holds it. */
  acquire(): Promise<SyncReply<SyncLock>>;
  heartbeat(): Promise<SyncReply<SyncLock>>;
  release(): Promise<SyncReply<unknown>>;
  list(): Promise<SyncReply<FileEntry[]>>;
  download(name: SyncFileName): Promise<SyncReply<{ content: string; mtime: string }>>;
  /** Uploads a file. Returns the server's time for it. */
  upload(name: SyncFileName, content: string): Promise<SyncReply<string>>;
}

/** @param project any text; it is encoded here */
export function createRemote(http: HttpOptions, project: string, clientId: string): Remote {
  const base = `/projects/${encodeURIComponent(project)}`;

  async function ask<T>(request: SyncRequest, schema: z.ZodType<T>, options = http): Promise<SyncReply<T>> {
    const answer = await send(options, request);
    if (answer.kind === 'unreachable') return answer;
    const { status, body } = answer;
    const parsed = schema.safeParse(body);
    if (status === 200 && parsed.success) return { kind: 'ok', value: parsed.data };
    const problem = errorSchema.safeParse(body);
    if (status === 409) return { kind: 'locked', lock: problem.data?.lock ?? undefined };
    return { kind: 'refused', status, why: problem.data?.error ?? 'the answer is not that of a sync server' };
  }

  function change<T>(method: SyncRequest['method'], path: string, schema: z.ZodType<T>, json?: object) {
    return ask({ method, path: `${base}${path}`, clientId, ...(json === undefined ? {} : { json }) }, schema);
  }

  function map<T, U>(reply: SyncReply<T>, use: (value: T) => U): SyncReply<U> {
    return reply.kind === 'ok' ? { kind: 'ok', value: use(reply.value) } : reply;
  }

  return {
    clientId,
    as: (other) => createRemote(http, project, other),
    // The first request of a session, without retries, because the start of the session waits for it.
    health: () => ask({ method: 'GET', path: '/health' }, healthSchema, { ...http, ...quick }),
    async holder() {
      return map(await change('GET', '/lock', holderSchema), ({ lock }) => lock ?? undefined);
    },
    async acquire() {
      return map(await change('POST', '/lock', grantSchema), ({ lock }) => lock);
    },
    async heartbeat() {
      return map(await change('POST', '/lock/heartbeat', grantSchema), ({ lock }) => lock);
    },
    release: () => change('DELETE', '/lock', z.object({})),
    async list() {
      // A newer server may have more files, which are ignored.
      const known = (files: unknown[]) => files.flatMap((file) => entrySchema.safeParse(file).data ?? []);
      return map(await change('GET', '/files', listSchema), ({ files }) => known(files));
    },
    download: (name) => change('GET', `/files/${name}`, fileSchema),
    async upload(name, content) {
      return map(await change('PUT', `/files/${name}`, storedSchema, { content }), ({ mtime }) => mtime);
    },
  };
}
