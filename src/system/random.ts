import { closeSync, openSync, readSync } from 'node:fs';
import { crypto } from '../crypto.ts';

/** Returns nothing if the device is missing, as in a bare chroot. */
function fromKernel(bytes: Buffer): Buffer | undefined {
  let device: number;
  try {
    device = openSync('/dev/urandom', 'r');
  } catch {
    return undefined;
  }
  try {
    return readSync(device, bytes) === bytes.length ? bytes : undefined;
  } finally {
    closeSync(device);
  }
}

/**
 * Up to 256 unpredictable random bytes, in hex. The kernel returns up to 256 bytes in one read (urandom(4)). The
 * crypto module of Node asks the same source, but takes 0.6 MB for the life of a host. Windows has no such device, and
 * any user could create a file of that name on its drive.
 */
export function randomHex(count: number): string {
  const known = process.platform === 'win32' ? undefined : fromKernel(Buffer.alloc(count));
  return (known ?? crypto().randomBytes(count)).toString('hex');
}
