// Runs test files in one process of Node's test runner.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Counts, noCounts } from './counts.ts';

/** As a URL: Windows takes the drive of a path for the scheme of one. */
const reporter = pathToFileURL(join(import.meta.dirname, 'reporter.ts')).href;

/** What the reporter says of each file, by its path from the root. */
export type FileReports = Record<string, Counts & { seconds: number }>;

export interface RunOptions {
  /** Where `files` are relative to. */
  root: string;
  /** The whole environment of the tests. */
  env: NodeJS.ProcessEnv;
  print(text: string): void;
}

/**
 * Runs `files` in one process, and prints what they said once it is over. Gives a report for each of them: one that the
 * process did not get to, because it ended before, has failed.
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
      // One file gets the process that the runner makes for it; several share the runner's own.
      ...(files.length > 1 ? ['--test-isolation=none'] : []),
      '--test-timeout=1200000',
      `--test-reporter=${reporter}`,
      '--test-reporter-destination=stdout',
      ...files,
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: root,
      // A runner that is itself run by a test would else speak to the outer one.
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
  const whole = Object.fromEntries(
    files.map((file) => [file, reports[file] ?? { ...noCounts, failed: 1, seconds: 0 }]),
  );
  const [only] = files;
  if (files.length === 1 && only !== undefined) whole[only] = { ...(whole[only] ?? noCounts), seconds };
  // A process that ended badly without a failed test is a failure all the same: of one of these files.
  const blamed = Object.values(whole).some(({ failed }) => failed > 0);
  if (code !== 0 && !blamed && only !== undefined) {
    whole[only] = { ...(whole[only] ?? { ...noCounts, seconds }), failed: 1 };
  }
  const took = files.map((file) => `took    ${file} ${(whole[file]?.seconds ?? 0).toFixed(1)} s\n`);
  print(said + took.join(''));
  return whole as FileReports;
}
