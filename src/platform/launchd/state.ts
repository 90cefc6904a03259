import type { LastExit, ProcessState } from '../../service/unit.ts';
import type { ParsedPrint, PrintedJob } from './parse.ts';

/**
 * EX_CONFIG of sysexits(3). Our host exits with it for a bad configuration, and launchd reports it if it cannot open
 * the program, directory or log of a job.
 */
const badConfiguration = 78;

function endedBy(exit: LastExit | undefined): string {
  if (exit === undefined) return 'it has not been started yet';
  if (exit.kind === 'signal') return `killed by ${exit.signal}`;
  if (exit.code === badConfiguration) {
    return 'exit 78: bad configuration, or launchd cannot open the program, its directory or its log';
  }
  return exit.code === 0 ? 'it exited' : `exit ${exit.code}`;
}

/** Waiting for the end of the throttle, after a crash or a clean exit. Waiting does not help after 78. */
function scheduled({ lastExit }: PrintedJob): ProcessState {
  const reason = endedBy(lastExit);
  if (lastExit?.kind === 'code' && lastExit.code === badConfiguration) return { kind: 'failed', reason };
  return { kind: 'waiting', reason: `${reason}; launchd waits before the next start` };
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
      return scheduled(job);
    case 'SIGTERMed':
    case 'SIGKILLed':
    case 'languishing':
      return { kind: 'stopping' };
    case 'not running':
    case 'exited':
      return idle(job);
    default:
      return { kind: 'unknown', reason: `launchd says ${JSON.stringify(job.state)}` };
  }
}
