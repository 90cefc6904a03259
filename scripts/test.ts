// `npm test [-- path…]`: runs the tests below those paths, or all. Tests that the machine cannot run are skipped by
// name with the reason. `--fast` only runs the quick ones. The last line is always "N passed, N failed, N skipped".
import { join } from 'node:path';
import { ensureBuilt } from './cli.ts';
import { isFlaky, lastLine, slowest, total } from './testing/counts.ts';
import { findTestFiles, isQuick } from './testing/files.ts';
import { beginRun } from './testing/leftovers.ts';
import { runSuite } from './testing/suite.ts';

const root = join(import.meta.dirname, '..');
/**
 * In CI a file that needed a second run fails, and so does what the run left behind. CI services set CI.
 * MEMORYD_TEST_FLAKY=warn only names both.
 */
const warn = process.env.MEMORYD_TEST_FLAKY === 'warn';
const strict = process.env.CI === 'true' && !warn;
const args = process.argv.slice(2);
const paths = args.filter((arg) => !arg.startsWith('--'));

const found = findTestFiles(root, paths);
const fast = args.includes('--fast');
const files = fast ? found.filter(isQuick) : found;
if (!files.every(isQuick)) await ensureBuilt();
const started = performance.now();
const run = beginRun();
// Read by test/support/trials.ts.
const env = fast ? { ...run.env, MEMORYD_TEST_FAST: '1' } : run.env;
const results = await runSuite(files, { root, env, print: (text) => process.stdout.write(text) });
const left = await run.end();

const flaky = results.filter(isFlaky);
const counts = total(results, strict);
if (files.length > 20) {
  console.log(`slowest of ${files.length} files in ${Math.round((performance.now() - started) / 1000)} s:`);
  for (const line of slowest(results, 20)) console.log(line);
}
for (const { file } of flaky)
  console.log(`${strict ? 'FAILED ' : 'warning'} flaky: ${file} failed beside others, passed alone`);
for (const one of left) console.log(`${warn ? 'warning' : 'FAILED '} left behind: ${one}`);
const failed = counts.failed + (warn ? 0 : left.length);
console.log(lastLine({ ...counts, failed }));
process.exitCode = failed === 0 && counts.passed > 0 ? 0 : 1;
