// Runs test files in one process of Node's test runner.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { add, type Counts, noCounts } from './counts.ts';

/** A URL, because on Windows the drive of a path would be read as a URL scheme. */
const reporter = pathToFileURL(join(import.meta.dirname, 'reporter.ts')).href;

/** The results of each file, by its path from the root. */
export type FileReports = Record<string, Counts & { seconds: number }>;

export interface RunOptions {
  /** The directory that `files` are relative to. */
  root: string;
  /** The complete environment of the tests. */
  env: NodeJS.ProcessEnv;
  print(text: string): void;
}

/**
 * Runs `files` in one process, and prints their output when it has ended. Returns a report for each file. A file that
 * was not run, because the process ended before, counts as failed.
 */
export async function runFiles(
  files: readonly string[],
  { root, env, print }: RunOptions,
): Promise<FileReports> {
  const folder = mkdtempSync(join(tmpdir(), 'memoryd-test-'));
  const summary = join(folder, 'reports.json');
  const started = performance.now();
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--test',
      // A single file runs in a process that the runner starts; several files share the process of the runner.
      ...(files.length > 1 ? ['--test-isolation=none'] : []),
      '--test-timeout=1200000',
      `--test-reporter=${reporter}`,
      '--test-reporter-destination=stdout',
      ...files,
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: root,
      // A runner started by a test would otherwise report to the outer runner.
      env: { ...env, NODE_TEST_CONTEXT: undefined, MEMORYD_TEST_REPORTS: summary },
    },
  );
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  const seconds = (performance.now() - started) / 1000;
  const reports = existsSync(summary) ? (JSON.parse(readFileSync(summary, 'utf8')) as FileReports) : {};
  rmSync(folder, { recursive: true });
  const [only] = files;
  // Tests that a file has from another one, as those of the contract, are reported under that one.
  const ofOne = Object.values(reports).reduce<Counts>(add, noCounts);
  const whole: FileReports =
    files.length === 1 && only !== undefined && Object.keys(reports).length > 0
      ? { [only]: { ...ofOne, seconds } }
      : Object.fromEntries(
          files.map((file) => [file, reports[file] ?? { ...noCounts, failed: 1, seconds: 0 }]),
        );
  // If the process failed without a failed test, one of these files has failed.
  const blamed = Object.values(whole).some(({ failed }) => failed > 0);
  if (code !== 0 && !blamed && only !== undefined) {
    whole[only] = { ...(whole[only] ?? { ...noCounts, seconds }), failed: 1 };
  }
  const took = files.map((file) => `took    ${file} ${(whole[file]?.seconds ?? 0).toFixed(1)} s\n`);
  print(said + took.join(''));
  return whole;
}
