import { crypto } from '../crypto.ts';
import { defaultService } from './name.ts';

/** First port and number of ports of the range, as in graphiti v2.0. */
export const firstPort = 8321;
export const portCount = 79;

/**
 * The text to hash: the user name in NFC (in lower case on Windows, which ignores case), followed by `/service` unless
 * it is the default service.
 */
function portKey(user: string, service: string, platform: NodeJS.Platform): string {
  const normal = user.normalize('NFC');
  const name = platform === 'win32' ? normal.toLowerCase() : normal;
  return service === defaultService ? name : `${name}/${service}`;
}

/**
 * What determines a service's port: the fixed port of its definition, else the hashed text. The service keeps its port
 * as long as this does not change. User names contain no colon. passwd(5)
 */
export function portBasis(
  fixed: number | undefined,
  user: string,
  service: string,
  platform: NodeJS.Platform = process.platform,
): string {
  return fixed === undefined ? portKey(user, service, platform) : `:${fixed}`;
}

/** Whether a service has its port from its definition. */
export function isFixedBasis(basis: string): boolean {
  return basis.startsWith(':');
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
