import { closeSync, openSync, readSync } from 'node:fs';
import { crypto } from '../crypto.ts';

function fromKernel(count: number): Buffer {
  const bytes = Buffer.alloc(count);
  const device = openSync('/dev/urandom', 'r');
  try {
    readSync(device, bytes);
  } finally {
    closeSync(device);
  }
  return bytes;
}

/**
 * As many random bytes as asked for, up to 256, in hex: nobody can guess them. The kernel gives up to 256 in one read
 * (urandom(4)); Node's crypto, which asks it too, takes 0.6 MB for as long as a host lives. Windows has no such device,
 * and anybody may put a file of that name on its drive.
 */
export function randomHex(count: number): string {
  const bytes = process.platform === 'win32' ? crypto().randomBytes(count) : fromKernel(count);
  return bytes.toString('hex');
}
