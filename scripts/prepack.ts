// What goes into the published package: the build, and the types of the library.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { buildAll } from './build.ts';

await buildAll();
const tsc = join(import.meta.dirname, '..', 'node_modules', '.bin', 'tsc');
execFileSync(tsc, ['-p', join(import.meta.dirname, 'tsconfig.types.json')], { stdio: 'inherit' });
