import type { Ending, Job } from './job.ts';
import type { JobView } from './print.ts';
import { agentSocket } from './spawn.ts';
import type { Domain, World } from './world.ts';

/** Numbers and texts of macOS's signals, which differ from Linux's. strsignal(3) */
const signalTexts: Readonly<Partial<Record<NodeJS.Signals, string>>> = {
  SIGHUP: 'Hangup: 1',
  SIGINT: 'Interrupt: 2',
  SIGQUIT: 'Quit: 3',
  SIGILL: 'Illegal instruction: 4',
  SIGTRAP: 'Trace/BPT trap: 5',
  SIGABRT: 'Abort trap: 6',
  SIGFPE: 'Floating point exception: 8',
  SIGKILL: 'Killed: 9',
  SIGBUS: 'Bus error: 10',
  SIGSEGV: 'Segmentation fault: 11',
  SIGPIPE: 'Broken pipe: 13',
  SIGTERM: 'Terminated: 15',
  SIGUSR1: 'User defined signal 1: 30',
  SIGUSR2: 'User defined signal 2: 31',
};

/** As recorded; sysexits(3) names. */
const exitTexts: Readonly<Record<number, string>> = { 78: '78: EX_CONFIG' };

function lastLine(ending: Ending | undefined): string {
  if (ending === undefined) return 'exit code = (never exited)';
  if (ending.kind === 'signal') return `terminating signal = ${signalTexts[ending.signal] ?? ending.signal}`;
  return `exit code = ${exitTexts[ending.code] ?? ending.code}`;
}

function jobState(job: Job): string {
  if (job.pid !== undefined) return 'running';
  return job.runs === 0 ? 'uninitialized' : 'exited';
}

function properties(job: Job): string[] {
  const { keepAlive, runAtLoad } = job.definition;
  const penalized = job.state === 'spawn scheduled';
  return [
    ...(keepAlive === 'always' ? ['keepalive'] : []),
    ...(runAtLoad ? ['runatload'] : []),
    ...(penalized ? ['penalty box'] : []),
    'inferred program',
  ];
}

/** The wait status that the legacy `list` shows. */
export function waitStatus(ending: Ending | undefined): number {
  if (ending?.kind === 'signal') return Number(/\d+$/.exec(signalTexts[ending.signal] ?? '0')?.[0]);
  return (ending?.code ?? 0) * 256;
}

/** A job as `launchctl print` shows it. */
export function viewOf(world: World, domain: Domain, job: Job): JobView {
  const { definition } = job;
  const asid = 100_020;
  return {
    target: `${domain.name}/${definition.label}`,
    label: definition.label,
    path: definition.path,
    type: 'LaunchAgent',
    state: job.state,
    argv: definition.argv,
    workingDirectory: definition.workingDirectory,
    stdout: definition.stdout,
    stderr: definition.stderr,
    inherited: [['SSH_AUTH_SOCK', agentSocket(world.options)], ...Object.entries(world.options.variables)],
    environment: [
      ['OSLogRateLimit', '64'],
      ...definition.environment,
      ['XPC_SERVICE_NAME', definition.label],
    ],
    domain: `${domain.name} [${asid}]`,
    asid,
    throttleSecs: definition.throttleSecs,
    exitTimeoutSecs: definition.exitTimeoutSecs,
    runs: job.runs,
    pid: job.pid,
    reason: job.reason,
    last: lastLine(job.ending),
    pended: job.pended,
    ...(definition.keepAlive === 'on-failure' ? { semaphores: ['successful exit => 0'] } : {}),
    coalitions: job.runs === 0 ? undefined : [1140, 1141],
    spawnType: definition.interactive ? 'interactive (4)' : 'daemon (3)',
    jobState: jobState(job),
    properties: properties(job),
  };
}
