import { closeSync, openSync, readSync } from 'node:fs';
import { crypto } from '../crypto.ts';

/** Nothing where there is no such device: in a bare chroot. */
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
 * As many random bytes as asked for, up to 256, in hex: nobody can guess them. The kernel gives up to 256 in one read
 * (urandom(4)); Node's crypto, which asks it too, takes 0.6 MB for as long as a host lives. Windows has no such device,
 * and anybody may put a file of that name on its drive.
 */
export function randomHex(count: number): string {
  const known = process.platform === 'win32' ? undefined : fromKernel(Buffer.alloc(count));
  return (known ?? crypto().randomBytes(count)).toString('hex');
}
