/** The library: what the command line does, as functions. */
export { exitCodes, MemorydError } from './errors.ts';
export { install } from './install/install.ts';
export { operate } from './install/operate.ts';
export { uninstall } from './install/uninstall.ts';
