import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { MemorydError, messageOf } from '../../../errors.ts';
import { build, packageRoot } from '../../../package.ts';
import type { Exec } from '../../../system/exec.ts';
import type { JobName, JobReport } from './jobs.ts';

/** A job on the file of a store, in a process of its own. */
export interface RunningJob {
  /** Resolves when the job is done. Throws `failed` with the reason when it failed or was killed. */
  done: Promise<void>;
  /** Kills the process. SQLite rolls back what it has not committed. */
  kill(): void;
}

/** Starts a job on the database at `path`. */
export type StartJob = (name: JobName, path: string, to?: string) => RunningJob;

/** The program that scripts/build.ts makes, or its source where Node runs the sources. */
const program = join(
  packageRoot,
  build === 'source' ? 'src/daemon/store/job/program.ts' : 'dist/store-job.cjs',
);

function reportOf(output: string): JobReport {
  try {
    return JSON.parse(output) as JobReport;
  } catch (error) {
    return { ok: false, why: `it ended without a report: ${messageOf(error)}` };
  }
}

/**
 * Gives a function that starts jobs. Temporary files of SQLite go to the directory of the database, because a shared
 * temporary directory may be small, on a slower disk, or kept in memory.
 */
export function jobStarter(exec: Exec): StartJob {
  return (name, path, to) => {
    const directory = dirname(path);
    const temporary = { SQLITE_TMPDIR: directory, TMPDIR: directory, TEMP: directory, TMP: directory };
    const argv = [
      process.execPath,
      '--disable-warning=ExperimentalWarning',
      program,
      name,
      path,
      ...(to === undefined ? [] : [to]),
    ] as const;
    const child = exec.spawn(argv, {
      cwd: directory,
      env: { ...process.env, ...temporary },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(messageOf(error)));
      child.once('exit', (code, signal) => resolve(signal === null ? `exit ${code}` : `killed by ${signal}`));
    });
    async function done(): Promise<void> {
      const output = child.stdout === null ? '' : await text(child.stdout);
      const end = await ended;
      if (end === 'exit 0') return;
      const report: JobReport = output === '' ? { ok: false, why: end } : reportOf(output);
      if (!report.ok) throw new MemorydError('failed', report.why);
    }
    return { done: done(), kill: () => void child.kill('SIGKILL') };
  };
}
