/**
 * Node's cryptography, loaded when it is first used: it takes 0.6 MB for as long as a process lives, and most hosts of
 * external daemons never need it.
 */
export const crypto = () => process.getBuiltinModule('node:crypto');
