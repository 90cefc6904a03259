// `npm test`: the whole suite. What the machine cannot run is skipped by name with the reason.
// Two files at a time; those that put the machine under load run alone, at the end. A file that failed beside another
// one runs once more with the machine to itself, and is named: real managers and real deadlines want a processor.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './cli.ts';

const root = join(import.meta.dirname, '..');
const alone = ['test/chaos/load.test.ts', 'test/chaos/fuzz.test.ts', 'test/e2e/concurrent.test.ts'];
const asked = process.argv.slice(2).map((path) => path.replace(/^\.\//, ''));

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** As a URL: Windows takes the drive of a path for the scheme of one. */
const reporter = pathToFileURL(join(import.meta.dirname, 'test-reporter.ts')).href;

const folder = mkdtempSync(join(tmpdir(), 'memoryd-test-'));

/** Runs one test file in a process of its own, and prints what it said once it is over. */
async function runFile(file: string): Promise<Counts> {
  const summary = join(folder, `${file.replaceAll('/', '-')}.json`);
  rmSync(summary, { force: true });
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--test',
      '--test-timeout=600000',
      `--test-reporter=${reporter}`,
      '--test-reporter-destination=stdout',
      file,
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: root,
      env: { ...process.env, MEMORYD_TEST_COUNTS: summary },
    },
  );
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  process.stdout.write(said);
  const none: Counts = { passed: 0, failed: 0, skipped: 0 };
  const counts = existsSync(summary) ? (JSON.parse(readFileSync(summary, 'utf8')) as Counts) : none;
  // A process that ended badly without a failed test is a failure all the same.
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

const results = new Map<string, Counts>();

async function runAll(files: readonly string[], atOnce: number): Promise<void> {
  const queue = [...files];
  const worker = async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      results.set(file, await runFile(file));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

await ensureBuilt();
const all = globSync('test/**/*.test.ts', { cwd: root })
  .map((path) => path.replaceAll('\\', '/'))
  .sort();
const files = asked.length === 0 ? all : all.filter((file) => asked.some((path) => file.startsWith(path)));
const beside = files.filter((file) => !alone.includes(file));
await runAll(beside, 2);
const unsteady = beside.filter((file) => results.get(file)?.failed !== 0);
for (const file of unsteady) console.log(`once more, alone: ${file}`);
await runAll(unsteady, 1);
await runAll(
  files.filter((file) => alone.includes(file)),
  1,
);
rmSync(folder, { recursive: true });
const sum = (key: keyof Counts) => [...results.values()].reduce((total, one) => total + one[key], 0);
console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
process.exitCode = sum('failed') === 0 && sum('passed') > 0 ? 0 : 1;
