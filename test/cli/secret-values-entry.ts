// What `install --secret NAME…` takes its values from; prints a hash of each.
import { createHash } from 'node:crypto';
import { output, showError } from '../../src/cli/output.ts';
import { secretValues } from '../../src/cli/secret-values.ts';
import { systemFiles } from '../../src/system/files.ts';

const [json, ...names] = process.argv.slice(2);
const out = output(json === 'json');
try {
  const values = await secretValues(systemFiles, { names, file: process.env.TEST_ENV_FILE }, out);
  const hashes = Object.entries(values).map(([name, value]) => [
    name,
    createHash('sha256').update(value).digest('hex'),
  ]);
  out.printJson({ hashes: Object.fromEntries(hashes) });
} catch (error) {
  process.exitCode = showError(error, false);
}
