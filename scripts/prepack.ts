// Creates the content of the published package: the build, and the types of the library.
import { join } from 'node:path';
import { buildAll } from './build.ts';
import { emitTypes } from './types.ts';

await buildAll();
emitTypes(join(import.meta.dirname, '..', 'dist', 'types'));
