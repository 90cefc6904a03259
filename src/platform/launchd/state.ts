import type { LastExit, ProcessState } from '../../service/unit.ts';
import type { ParsedPrint, PrintedJob } from './parse.ts';

/**
 * EX_CONFIG of sysexits(3). launchd reports it if it cannot open the program, directory or log of a job, or if the user
 * switched the job off in System Settings (N13). Our host does not exit with it under launchd.
 */
const barredCode = 78;

/** Whether launchd did not start the program of a job, for a reason that lies outside of the program. */
export function isBarred(parsed: ParsedPrint): boolean {
  const exit = parsed.kind === 'job' ? parsed.job.lastExit : undefined;
  return exit?.kind === 'code' && exit.code === barredCode;
}

function endedBy(exit: LastExit | undefined): string {
  if (exit === undefined) return 'it has not been started yet';
  if (exit.kind === 'signal') return `killed by ${exit.signal}`;
  if (exit.code === barredCode) {
    return 'exit 78: launchd cannot open the program, its directory or its log, or it is switched off in System Settings > General > Login Items';
  }
  return exit.code === 0 ? 'it exited' : `exit ${exit.code}`;
}

/** Waiting for the end of the throttle, after a crash or a clean exit. Waiting does not help after 78. */
function scheduled({ lastExit }: PrintedJob): ProcessState {
  const reason = endedBy(lastExit);
  if (lastExit?.kind === 'code' && lastExit.code === barredCode) return { kind: 'failed', reason };
  return { kind: 'waiting', reason: `${reason}; launchd waits before the next start` };
}

/** launchd tries again by itself and fails again, until the job is loaded anew. */
function notSpawned({ lastExit, exitReason }: PrintedJob): ProcessState {
  if (lastExit !== undefined) return { kind: 'failed', reason: endedBy(lastExit) };
  const why = exitReason === undefined ? '' : ` (${exitReason})`;
  return { kind: 'failed', reason: `launchd cannot start the program${why}; memoryd start loads it again` };
}

/** People and launchd itself stop a job with SIGTERM, so it is the one signal that is not a crash. */
function idle({ pended, lastExit }: PrintedJob): ProcessState {
  if (pended) return { kind: 'waiting', reason: 'the login session does not start jobs yet' };
  const crashed = lastExit?.kind === 'signal' ? lastExit.signal !== 'SIGTERM' : (lastExit?.code ?? 0) !== 0;
  return crashed ? { kind: 'failed', reason: endedBy(lastExit) } : { kind: 'stopped' };
}

/** The state of a job's process, from the state that launchd prints. An unknown state is `unknown`. */
export function processState(parsed: ParsedPrint): ProcessState {
  if (parsed.kind === 'unreadable') return { kind: 'unknown', reason: parsed.reason };
  const { job } = parsed;
  switch (job.state) {
    case 'running':
      return job.pid === undefined
        ? { kind: 'unknown', reason: 'launchd reports it as running, without a pid' }
        : { kind: 'running', pid: job.pid };
    case 'spawning':
    case 'xpcproxy':
      return { kind: 'starting' };
    case 'spawn scheduled':
      return job.spawnFailed ? notSpawned(job) : scheduled(job);
    case 'SIGTERMed':
    case 'SIGKILLed':
    case 'languishing':
      return { kind: 'stopping' };
    case 'not running':
    case 'exited':
      return job.spawnFailed ? notSpawned(job) : idle(job);
    default:
      return { kind: 'unknown', reason: `launchd says ${JSON.stringify(job.state)}` };
  }
}
