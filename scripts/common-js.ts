// Converts a program that esbuild has split into ESM files to CommonJS, which esbuild cannot split itself.
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transform } from 'esbuild';

/**
 * Converts every .js file below `directory`, and marks the directory as CommonJS for Node. This saves each process a
 * megabyte: every ESM file has a record and an asynchronous load, and an import of a built-in module evaluates
 * everything that the module would export lazily.
 */
export async function toCommonJs(directory: string): Promise<void> {
  const convert = async (file: string) => {
    const path = join(directory, file);
    const { code } = await transform(readFileSync(path, 'utf8'), {
      format: 'cjs',
      platform: 'node',
      target: 'node22',
      minifyWhitespace: true,
      minifySyntax: true,
      supported: { 'dynamic-import': false },
      define: { 'import.meta.dirname': '__dirname' },
    });
    writeFileSync(path, code);
  };
  await Promise.all(globSync('**/*.js', { cwd: directory }).map(convert));
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ type: 'commonjs' }));
}
