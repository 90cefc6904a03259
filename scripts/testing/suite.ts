// Runs test files: two jobs at a time, then the ones that need the machine, then the failed ones once more.
import { type FileResult, noCounts } from './counts.ts';
import { planJobs, runsAlone } from './files.ts';
import { type RunOptions, runFiles } from './run-files.ts';

/**
 * Runs `files` and gives what became of each. Two jobs run at a time, the files that load the machine alone, at the end.
 * A file that failed beside others runs once more, alone: real managers and real deadlines want a processor. What that
 * run changes is the caller's to judge.
 */
export async function runSuite(files: readonly string[], options: RunOptions): Promise<FileResult[]> {
  const results = new Map<string, FileResult>();

  async function runJobs(jobs: readonly string[][], atOnce: number): Promise<void> {
    const queue = [...jobs];
    const worker = async () => {
      for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
        const reports = await runFiles(job, options);
        for (const file of job) {
          const { seconds, ...first } = reports[file] ?? { ...noCounts, failed: 1, seconds: 0 };
          results.set(file, { file, seconds, first });
        }
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  }

  await runJobs(planJobs(files), 2);
  // A file that ran by itself has had the machine: its failure needs no second look.
  const failed = [...results.values()].filter(({ first }) => first.failed > 0 && files.length > 1);
  for (const result of failed) {
    options.print(`once more, alone: ${result.file}\n`);
    const reports = await runFiles([result.file], options);
    const { seconds, ...second } = reports[result.file] ?? { ...noCounts, failed: 1, seconds: 0 };
    results.set(result.file, { ...result, seconds: result.seconds + seconds, second });
  }
  await runJobs(
    files.filter(runsAlone).map((file) => [file]),
    1,
  );
  return [...results.values()];
}
