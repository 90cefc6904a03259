// Fetches real daemons of other people from npm, once. The tests that run them are skipped without it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { installedPeers, packedPeers, peersDirectory } from '../test/support/fetched-peers.ts';

function run(command: string, args: readonly string[], cwd: string): void {
  const { status } = spawnSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: exit ${status}`);
}

/** Unpacks one package. Its dependencies are not needed: both are single files. */
function unpack(name: string, spec: string): void {
  const target = join(peersDirectory, name);
  if (existsSync(target)) return;
  const staged = `${target}.partial`;
  rmSync(staged, { recursive: true, force: true });
  mkdirSync(staged, { recursive: true });
  run('npm', ['pack', '--silent', spec], staged);
  run('sh', ['-c', 'tar -xzf ./*.tgz && rm ./*.tgz'], staged);
  renameSync(join(staged, 'package'), target);
  rmSync(staged, { recursive: true });
}

mkdirSync(peersDirectory, { recursive: true });
for (const [name, spec] of Object.entries(packedPeers)) unpack(name, spec);
const flags = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts'];
run('npm', ['install', '--prefix', peersDirectory, ...flags, ...installedPeers], peersDirectory);
