import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { messageOf } from '../../../errors.ts';
import { isJobName, type JobReport, jobs } from './jobs.ts';

/*
 * A program of its own that works on the file of a store for as long as that takes: `<node> <this> <job> <path> [to]`. It
 * prints its report as JSON. A call of SQLite blocks its thread and cannot be interrupted, so the job runs in a worker,
 * and the main thread kills the process when standard input ends, because the parent is gone then.
 */

function runJob(name: string, path: string, to: string): JobReport {
  if (!isJobName(name)) return { ok: false, why: `no such job: ${name}` };
  try {
    jobs[name](path, to);
    return { ok: true };
  } catch (error) {
    return { ok: false, why: messageOf(error) };
  }
}

const [name = '', path = '', to = ''] = process.argv.slice(2);
if (isMainThread) {
  process.stdin.on('end', () => process.kill(process.pid, 'SIGKILL')).resume();
  const worker = new Worker(import.meta.filename, { argv: [name, path, to] });
  worker.on('message', (report: JobReport) => {
    process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(report.ok ? 0 : 1));
  });
} else {
  parentPort?.postMessage(runJob(name, path, to));
}
