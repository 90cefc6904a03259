import type { ServicePaths } from '../layout.ts';
import type { Log } from '../service/log.ts';
import { type ExposureObservation, parseExposure, type TokenExposure } from '../service/token-exposure.ts';
import type { Files } from '../system/files.ts';
import { listeningOn } from '../system/listeners.ts';
import type { System } from '../system/system.ts';
import { writeNewToken } from './token.ts';

type Paths = Pick<ServicePaths, 'token' | 'exposure'>;

/** Reads the record of a port that another process held. */
export async function readExposure(
  files: Pick<Files, 'read'>,
  { exposure: path }: Pick<ServicePaths, 'exposure'>,
): Promise<ExposureObservation> {
  const read = await files.read(path);
  return read.kind === 'content' ? parseExposure(read.text) : read;
}

async function write(files: Files, { exposure: path }: Paths, exposure: TokenExposure): Promise<void> {
  await files.write(path, `${JSON.stringify(exposure)}\n`, 0o600);
}

/**
 * The other user that listens on `port`; `undefined` if only processes of this user do, which may read the token
 * anyway. If the system does not show sockets of other users (lsof) or their owners (netstat), an unknown owner counts
 * as another user.
 */
async function otherUserOn(
  system: Pick<System, 'platform' | 'exec' | 'user'>,
  port: number,
): Promise<{ uid: number | null } | undefined> {
  const sockets = await listeningOn(system, [port]);
  if (sockets.length === 0) return { uid: null };
  const other = sockets.find(({ uid }) => uid !== system.user.uid);
  return other === undefined ? undefined : { uid: other.uid ?? null };
}

/**
 * Replaces the token if another user now holds `port`, on which the service used to listen: clients that are configured
 * with the URL and token may have sent the token there (X05). Records this for `status`, and logs one line. Does
 * nothing if that was done before and the service has not listened on the port since, because a fixed port is tried
 * repeatedly.
 */
export async function protectToken(
  system: Pick<System, 'platform' | 'exec' | 'user' | 'files' | 'clock'>,
  paths: Paths,
  port: number,
  log: Log,
): Promise<void> {
  const { files, clock } = system;
  const known = await readExposure(files, paths);
  if (known.kind === 'valid' && known.exposure.port === port && !known.exposure.served) return;
  const other = await otherUserOn(system, port);
  if (other === undefined) return;
  await writeNewToken(files, paths);
  const at = clock.now().toISOString();
  await write(files, paths, { schema: 1, port, ...other, at, served: false });
  log('token.replaced', { port, uid: other.uid, why: 'its port was held by another program' });
}

/** Records that the service listens on `port`: from now on clients may send the token there again. */
export async function noteServed(files: Files, paths: Paths, port: number): Promise<void> {
  const known = await readExposure(files, paths);
  if (known.kind !== 'valid' || known.exposure.port !== port || known.exposure.served) return;
  await write(files, paths, { ...known.exposure, served: true });
}
