import { isSyncFileName, projectIdProblem, type SyncFileName } from '../../service/sync-protocol.ts';

/** The meaning of a request line. */
export type SyncRoute =
  | { kind: 'acquire' | 'release' | 'holder' | 'heartbeat' | 'list'; project: string }
  | { kind: 'download'; project: string; name: SyncFileName }
  | { kind: 'upload'; project: string; name: SyncFileName }
  /** An upload of a name that is not synced. */
  | { kind: 'refused-upload'; project: string }
  | { kind: 'bad-request'; why: string }
  | { kind: 'not-found' };

const pattern = /^\/projects\/([^/]+)\/(lock|lock\/heartbeat|files|files\/([^/]+))$/;

/** What a request for a name that is not synced is told. */
export const refusedName = 'file not allowed for sync';

const onProject: Record<string, 'acquire' | 'release' | 'holder' | 'heartbeat' | 'list'> = {
  'POST lock': 'acquire',
  'DELETE lock': 'release',
  'GET lock': 'holder',
  'POST lock/heartbeat': 'heartbeat',
  'GET files': 'list',
};

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** Parses a request line. The target is used as it was sent, not normalised. Does not throw. */
export function parseRoute(method: string, target: string): SyncRoute {
  const [, segment, rest, fileSegment] = pattern.exec(target.replace(/[?#].*$/s, '')) ?? [];
  if (segment === undefined || rest === undefined) return { kind: 'not-found' };
  const project = decode(segment);
  const name = decode(fileSegment ?? '');
  if (project === undefined || name === undefined) {
    return { kind: 'bad-request', why: 'malformed percent-encoding in the path' };
  }
  const problem = projectIdProblem(project);
  if (problem !== undefined) return { kind: 'bad-request', why: problem };
  if (fileSegment === undefined) {
    const kind = onProject[`${method} ${rest}`];
    return kind === undefined ? { kind: 'not-found' } : { kind, project };
  }
  if (method !== 'GET' && method !== 'PUT') return { kind: 'not-found' };
  if (isSyncFileName(name)) return { kind: method === 'GET' ? 'download' : 'upload', project, name };
  return method === 'GET' ? { kind: 'bad-request', why: refusedName } : { kind: 'refused-upload', project };
}
