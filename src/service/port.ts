import { crypto } from '../crypto.ts';
import { defaultService } from './name.ts';

/** First port and number of ports of the hashed range, as specified by graphiti v2.0 and kept by us. */
export const firstPort = 8321;
export const portCount = 79;

/** What is hashed: the user name in NFC (lower-cased on Windows, where it ignores case), `/service` appended unless it is the default one. */
function portKey(user: string, service: string, platform: NodeJS.Platform): string {
  const normal = user.normalize('NFC');
  const name = platform === 'win32' ? normal.toLowerCase() : normal;
  return service === defaultService ? name : `${name}/${service}`;
}

/**
 * What decides on a service's port: the one that its definition fixes, else what is hashed. It keeps the port it has as
 * long as this stays the same. No user's name has a colon in it. passwd(5)
 */
export function portBasis(
  fixed: number | undefined,
  user: string,
  service: string,
  platform: NodeJS.Platform = process.platform,
): string {
  return fixed === undefined ? portKey(user, service, platform) : `:${fixed}`;
}

/** All ports of the range, the preferred one first: `8321 + (h + i) % 79`. */
export function portCandidates(
  user: string,
  service: string = defaultService,
  platform: NodeJS.Platform = process.platform,
): number[] {
  const digest = crypto().hash('sha256', portKey(user, service, platform));
  const hash = Number.parseInt(digest.slice(0, 8), 16);
  return Array.from({ length: portCount }, (_, i) => firstPort + ((hash + i) % portCount));
}
