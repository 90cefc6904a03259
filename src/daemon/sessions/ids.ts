import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';

/** The ids of sessions. They are signed, so that a daemon knows those that it gave out before a restart (N37). */
export interface SessionIds {
  create(): string;
  /** Whether a daemon with the same key created `id`. */
  isOurs(id: string): boolean;
}

/** `<UUID>-<the first 64 bits of its HMAC>` */
const pattern = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-([0-9a-f]{16})$/;

/** Makes the ids of one daemon. `key` is a secret that survives a restart. */
export function createSessionIds(key: string): SessionIds {
  function signatureOf(uuid: string): Buffer {
    return createHmac('sha256', key).update(`session ${uuid}`).digest().subarray(0, 8);
  }
  return {
    create() {
      const uuid = randomUUID();
      return `${uuid}-${signatureOf(uuid).toString('hex')}`;
    },
    isOurs(id) {
      const [, uuid, signature] = pattern.exec(id) ?? [];
      if (uuid === undefined || signature === undefined) return false;
      return timingSafeEqual(signatureOf(uuid), Buffer.from(signature, 'hex'));
    },
  };
}
