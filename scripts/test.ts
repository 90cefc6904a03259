// `npm test`: the whole suite. What the machine cannot run is skipped by name with the reason.
// Two files at a time; those that put the machine under load run alone, at the end.
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from './cli.ts';

const root = join(import.meta.dirname, '..');
const alone = ['test/daemon/load.test.ts', 'test/daemon/fuzz.test.ts', 'test/e2e/concurrent.test.ts'];
const asked = process.argv.slice(2).map((path) => path.replace(/^\.\//, ''));

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

function runFiles(files: string[], concurrency: number): Counts {
  const folder = mkdtempSync(join(tmpdir(), 'memoryd-test-'));
  const summary = join(folder, 'counts.json');
  const reporter = join(import.meta.dirname, 'test-reporter.ts');
  const { status } = spawnSync(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--test',
      `--test-concurrency=${concurrency}`,
      '--test-timeout=300000',
      `--test-reporter=${reporter}`,
      '--test-reporter-destination=stdout',
      ...files,
    ],
    { stdio: 'inherit', cwd: root, env: { ...process.env, MEMORYD_TEST_COUNTS: summary } },
  );
  try {
    const counts = JSON.parse(readFileSync(summary, 'utf8')) as Counts;
    // A run that ended badly without a failed test (a crash of the runner) is a failure all the same.
    return status !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

await ensureBuilt();
const all = globSync('test/**/*.test.ts', { cwd: root })
  .map((path) => path.replaceAll('\\', '/'))
  .sort();
const files = asked.length === 0 ? all : all.filter((file) => asked.some((path) => file.startsWith(path)));
const isAlone = (file: string) => alone.includes(file);
const groups: [string[], number][] = [
  [files.filter((file) => !isAlone(file)), 2],
  [files.filter(isAlone), 1],
];
const counts = groups
  .filter(([some]) => some.length > 0)
  .map(([some, concurrency]) => runFiles(some, concurrency));
const sum = (key: keyof Counts) => counts.reduce((total, one) => total + one[key], 0);
console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
process.exitCode = sum('failed') === 0 && sum('passed') > 0 ? 0 : 1;
