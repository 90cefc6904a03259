// Runs test files in parallel, then the ones that need the whole machine.
import { availableParallelism } from 'node:os';
import { type FileResult, noCounts } from './counts.ts';
import { type Job, nextJob, planJobs, processorWeight, runsAlone } from './files.ts';
import { type RunOptions, runFiles } from './run-files.ts';

/** What the processors carry: real managers and real deadlines want their share of one. */
const capacity = processorWeight * Math.min(4, availableParallelism());

/**
 * Runs `files` and returns their results. Files that put load on the machine run alone at the end. A file that failed
 * beside others is run once more alone, because real managers and deadlines need a processor. The caller decides what
 * the second run means.
 */
export async function runSuite(files: readonly string[], options: RunOptions): Promise<FileResult[]> {
  const results = new Map<string, FileResult>();

  async function runJob({ files }: Job): Promise<void> {
    const reports = await runFiles(files, options);
    for (const file of files) {
      const { seconds, ...first } = reports[file] ?? { ...noCounts, failed: 1, seconds: 0 };
      results.set(file, { file, seconds, first });
    }
  }

  async function runJobs(jobs: readonly Job[]): Promise<void> {
    const queue = [...jobs];
    const running = new Map<Job, Promise<void>>();
    while (queue.length > 0 || running.size > 0) {
      const busy = [...running.keys()].reduce((sum, { weight }) => sum + weight, 0);
      const job = nextJob(queue, busy, capacity);
      if (job === undefined) {
        await Promise.race(running.values());
        continue;
      }
      queue.splice(queue.indexOf(job), 1);
      running.set(
        job,
        runJob(job).finally(() => running.delete(job)),
      );
    }
  }

  await runJobs(planJobs(files));
  // A file that ran alone had the whole machine, so it is not run again.
  const failed = [...results.values()].filter(({ first }) => first.failed > 0 && files.length > 1);
  for (const result of failed) {
    options.print(`once more, alone: ${result.file}\n`);
    const reports = await runFiles([result.file], options);
    const { seconds, ...second } = reports[result.file] ?? { ...noCounts, failed: 1, seconds: 0 };
    results.set(result.file, { ...result, seconds: result.seconds + seconds, second });
  }
  for (const file of files.filter(runsAlone)) await runJob({ files: [file], weight: capacity });
  return [...results.values()];
}
