import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isOpenToAll, repository } from './lab.ts';
import type { Skip } from './machine-needs.ts';

/** Where `node scripts/run.mjs scripts/get-peers.ts` puts real daemons of other people, from npm. */
export const peersDirectory = join(repository, 'node_modules', '.cache', 'memoryd-peers');

/** What is fetched: the versions that the adapters were checked against, without their dependencies. */
export const packedPeers = {
  'claude-mem': 'claude-mem@13.25.3',
  bun: `@oven/bun-linux-${process.arch === 'arm64' ? 'aarch64' : 'x64'}@1.4.5`,
} as const;

/** The same, with their dependencies. */
export const installedPeers = ['supergateway@4.0.0'] as const;

export const claudeMemPlugin = join(peersDirectory, 'claude-mem', 'plugin');
export const bun = join(peersDirectory, 'bun', 'bin', 'bun');
export const supergateway = join(peersDirectory, 'node_modules', 'supergateway', 'dist', 'index.js');

/** Whether a fetched file is there, and may be read by the users of the tests. */
export async function needsFetched(path: string): Promise<Skip> {
  if (!existsSync(path)) return 'needs scripts/get-peers.ts, which fetches it from npm';
  return (await isOpenToAll(path)) ? false : 'the checkout is closed to other users';
}
