// Runs one of our TypeScript scripts on a Node that supports it: this one, or the one that `npm ci` installed. Written
// in plain JavaScript, because it may be started by Node 20.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [major, minor, patch] = process.versions.node.split('.').map(Number);
const newEnough =
  (major === 22 && (minor > 22 || (minor === 22 && patch >= 2))) ||
  (major === 24 && minor >= 15) ||
  major >= 26;
const brought = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
const node = newEnough ? process.execPath : brought;

const [script, ...args] = process.argv.slice(2);
if (!existsSync(node) || !script) {
  console.error(
    `memoryd: node ${process.versions.node} is too old for memoryd, and the one npm brings is missing\ntry: npm ci`,
  );
  process.exit(1);
}
// The directory of this Node comes first, so that scripts that start `node` get the same one.
const PATH = `${dirname(node)}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH ?? ''}`;
const child = spawnSync(node, ['--disable-warning=ExperimentalWarning', join(root, script), ...args], {
  stdio: 'inherit',
  env: { ...process.env, PATH },
});
if (child.signal) process.kill(process.pid, child.signal);
process.exit(child.status ?? 1);
