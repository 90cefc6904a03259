import { statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFixture } from 'fs-fixture';
import type { Roots } from '../../../src/layout.ts';
import type { Backend } from '../../../src/platform/backend.ts';
import { createLaunchdBackend } from '../../../src/platform/launchd/manager.ts';
import type { LaunchdTiming } from '../../../src/platform/launchd/timing.ts';
import { endRun, noRuns } from '../../../src/runtime/run-history.ts';
import { momentOf, writeRuns } from '../../../src/runtime/run-history-file.ts';
import type { ProcessState, RegisteredUnit, UnitSpec } from '../../../src/service/unit.ts';
import { systemExec } from '../../../src/system/exec.ts';
import { usualRoots } from '../../../src/system/roots.ts';
import { realSystem, type System } from '../../../src/system/system.ts';
import {
  type Call,
  type Launchd,
  type Session,
  type StartOptions,
  startLaunchd,
} from '../../simulators/launchd/index.ts';
import { until } from '../../support/until.ts';

/** The simulator runs programs as other systems than Windows do, and asks /proc for what they leave behind. */
export const skipSimulator = process.platform === 'linux' ? false : 'the launchd simulator runs on Linux';

export const label = 'io.github.memoryd.memory';

/** What the jobs of these tests run: behaves as the file `mode` says, and notes each start once it is ready to. */
const daemon = `started() { env > "$HOME/environment"; echo $$ >> "$HOME/started"; }
case "$(cat "$HOME/mode" 2>/dev/null)" in
  deaf) trap '' TERM ;;
  slow) trap 'sleep 1; exit 0' TERM ;;
  crash) started; echo "cannot go on" >&2; exit 3 ;;
  done) started; exit 0 ;;
  *) trap 'exit 0' TERM ;;
esac
started
sleep 1000 &
while :; do wait; done
`;

export type Mode = 'deaf' | 'slow' | 'crash' | 'done' | 'well';

/** Short enough for tests, long enough for a busy machine. */
const timing: LaunchdTiming = {
  commandMs: 5000,
  // Nothing waits for its end but tests that set their own.
  retryMs: 20_000,
  spawnMs: 8000,
  accountMs: 300,
  drainMarginMs: 4000,
  pollMs: 30,
};

/** A user's Mac: a home, a launchd and the backend between them. */
export interface Mac extends AsyncDisposable {
  home: string;
  roots: Roots;
  plist: string;
  system: System;
  launchd: Launchd;
  backend: Backend;
  backendWith(system: Partial<System>, timing?: Partial<LaunchdTiming>): Backend;
  spec(changes?: Partial<UnitSpec>): UnitSpec;
  /** Puts the rendered plist in place, as an install does, and gives its path. */
  write(changes?: Partial<UnitSpec>): Promise<string>;
  /** Written, registered and started. */
  install(changes?: Partial<UnitSpec>): Promise<void>;
  mode(mode: Mode): Promise<void>;
  /** Leaves the account of a host that ended because it was told to: the daemon of these tests keeps none. */
  toldToEnd(): Promise<void>;
  /** The pids the job has had so far. */
  started(): Promise<number[]>;
  /** The same, once there are at least `count` of them. */
  starts(count: number): Promise<number[]>;
  /** Runs launchctl as the user would, by hand. */
  byHand(...args: string[]): Promise<number>;
  /** The calls since the last time this was asked, as one line each. */
  said(): Promise<string[]>;
}

/** A launchd of which is known whether somebody sits at the screen: macOS tells by who owns the console. */
async function watched(options: StartOptions): Promise<{ launchd: Launchd; isAtScreen(): boolean }> {
  const launchd = await startLaunchd(options);
  const shows = (session: Session) => session === 'gui' || session === 'early';
  let atScreen = shows(options.session ?? 'gui');
  const leave = (way: () => Promise<void>) => async () => {
    atScreen = false;
    await way();
  };
  return {
    isAtScreen: () => atScreen,
    launchd: {
      ...launchd,
      async login(session = 'gui') {
        atScreen ||= shows(session);
        await launchd.login(session);
      },
      logout: leave(launchd.logout),
      reboot: leave(launchd.reboot),
    },
  };
}

const line = ({ argv }: Call): string => argv.join(' ');

/** Waits until the manager says what `is` wants to hear of the registered unit, and gives that. */
export function untilUnit(
  backend: Backend,
  what: string,
  is: (unit: RegisteredUnit) => boolean,
): Promise<RegisteredUnit> {
  return until(what, async () => {
    const unit = await backend.observe('memory');
    return unit.kind === 'registered' && is(unit) ? unit : undefined;
  });
}

/** Waits until the manager says the process is what is asked for. */
export function untilProcess(backend: Backend, kind: ProcessState['kind']): Promise<RegisteredUnit> {
  return untilUnit(backend, `the process is ${kind}`, (unit) => unit.process.kind === kind);
}

/** A Mac with somebody at the screen, unless `options` say otherwise. */
export async function startMac(options: Partial<StartOptions> = {}): Promise<Mac> {
  const fixture = await createFixture({ home: { 'daemon.sh': daemon } });
  const home = join(fixture.path, 'home');
  const roots = usualRoots('darwin', home);
  const { launchd, isAtScreen } = await watched({
    dir: join(fixture.path, 'launchd'),
    home,
    ...options,
    timing: { throttleSecondMs: 40, exitSecondMs: 100, reservedMs: 200, ...options.timing },
  });
  const real = realSystem();
  const run: System['exec']['run'] = (argv, execOptions = {}) =>
    systemExec.run(argv, { ...execOptions, env: { ...execOptions.env, ...launchd.env } });
  const system: System = {
    ...real,
    user: { name: 'alice', uid: launchd.uid, home },
    files: {
      ...real.files,
      async inspect(path) {
        if (path !== '/dev/console') return real.files.inspect(path);
        const stats = Object.assign(statSync('/dev/null'), { uid: isAtScreen() ? launchd.uid : -2 });
        return { kind: 'other', stats };
      },
    },
    exec: { ...real.exec, run },
  };
  const backend = createLaunchdBackend(system, roots, timing);
  const state = join(roots.state, 'services', 'memory');
  const spec = (changes: Partial<UnitSpec> = {}): UnitSpec => ({
    service: 'memory',
    description: 'a test',
    argv: ['/bin/sh', join(home, 'daemon.sh')],
    workingDirectory: home,
    listen: { host: '127.0.0.1', port: 8353 },
    startTimeoutSecs: 60,
    stopTimeoutSecs: 10,
    sandbox: 'default',
    startAtLogin: true,
    user: system.user,
    directories: { config: roots.config, state, logs: join(roots.logs, 'memory') },
    ...changes,
  });
  const write = async (changes: Partial<UnitSpec> = {}): Promise<string> => {
    const [file] = await backend.render(spec(changes));
    if (file === undefined) throw new Error('nothing rendered');
    await system.files.write(file.path, file.content, file.mode);
    return file.path;
  };
  const started = async (): Promise<number[]> => {
    const read = await system.files.read(join(home, 'started'));
    return read.kind === 'content' ? read.text.split('\n').filter(Boolean).map(Number) : [];
  };
  return {
    home,
    roots,
    plist: join(home, 'Library', 'LaunchAgents', `${label}.plist`),
    system,
    launchd,
    backend,
    backendWith: (other, otherTiming = {}) =>
      createLaunchdBackend({ ...system, ...other }, roots, { ...timing, ...otherTiming }),
    spec,
    write,
    async install(changes) {
      await write(changes);
      await backend.perform('register', 'memory');
      await backend.perform('start', 'memory');
    },
    mode: (mode) => writeFile(join(home, 'mode'), mode),
    async toldToEnd() {
      const now = momentOf(system);
      await writeRuns(system, { state }, endRun(noRuns(now), 'clean', 'SIGTERM', now));
    },
    started,
    starts: (count) =>
      until(`${count} starts`, async () => {
        const pids = await started();
        return pids.length >= count ? pids : undefined;
      }),
    async byHand(...args) {
      const result = await run(['launchctl', ...args]);
      if (result.kind !== 'exited') throw new Error(`launchctl ${result.kind}`);
      return result.code;
    },
    async said() {
      const calls = await launchd.calls();
      await launchd.forgetCalls();
      return calls.map(line);
    },
    async [Symbol.asyncDispose]() {
      await launchd.stop();
      await fixture.rm();
    },
  };
}

/** Whether there is such a process. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
