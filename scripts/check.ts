// `npm run check`: all checks of the code that do not run it.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const bin = (name: string) => join(root, 'node_modules', '.bin', name);
const checks: [string, string[]][] = [
  ['tsc', ['--noEmit', '-p', root]],
  [
    'biome',
    ['check', '--error-on-warnings', 'src', 'test', 'scripts', 'package.json', 'tsconfig.json', 'biome.json'],
  ],
  ['knip', []],
  ['publint', ['--strict']],
];

// The package is checked in its published form.
const packed = spawnSync(process.execPath, [join(root, 'scripts', 'prepack.ts')], {
  stdio: 'inherit',
  cwd: root,
});
let failed = packed.status === 0 ? 0 : 1;
for (const [name, args] of checks) {
  const { status } = spawnSync(bin(name), args, { stdio: 'inherit', cwd: root });
  console.error(`${status === 0 ? 'ok    ' : 'FAILED'} ${name}`);
  if (status !== 0) failed += 1;
}
process.exitCode = failed === 0 ? 0 : 1;
