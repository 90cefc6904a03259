import { type ChildProcess, spawn } from 'node:child_process';
import { join, win32 } from 'node:path';
import type { Asker } from './accept-task.ts';
import type { LocaleName } from './locale.ts';
import { end, marked } from './processes.ts';
import type { Element } from './xml.ts';
import { at, textAt } from './xml.ts';

export const results = {
  ok: 0,
  running: 267_009,
  neverRun: 267_011,
  terminated: 267_014,
  killedAtLogoff: 0x40010004,
} as const;

export interface Task {
  /** With its leading backslash. */
  name: string;
  definition: Element;
  /** SID of who registered it. */
  owner: string;
  /** Registered by an elevated prompt: closed to the user it runs as. */
  closed: boolean;
  lastResult: number;
  lastRun: Date | undefined;
  process: ChildProcess | undefined;
  /** Simulated time at which its process was started. */
  startedAt: number;
  /** Until then, in ms since 1970, the next start is dropped. */
  drainingUntil: number;
}

export interface MachineOptions extends Asker {
  bin: string;
  host: string;
  locale: LocaleName;
  /** What a program started in the user's session gets. */
  env: Record<string, string>;
  /** An entry of `env` that marks every process of the session. */
  mark: string;
}

/** Right after an /end Task Scheduler can drop a /run: here the first within this time, so that it always happens. */
const drainMs = 5000;

const minutes = (duration: string): number => {
  const [, days = '0', hours = '0', mins = '0', secs = '0'] =
    /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(duration) ?? [];
  return Number(days) * 1440 + Number(hours) * 60 + Number(mins) + Number(secs) / 60;
};

/** The state of one Windows machine: its tasks, its session, its clock. */
export class Machine {
  readonly options: MachineOptions;
  readonly tasks = new Map<string, Task>();
  loggedOn = true;
  onBattery = false;
  /** Simulated time, ms since 1970. */
  now = Date.now();

  constructor(options: MachineOptions) {
    this.options = options;
  }

  find(name: string): Task | undefined {
    return this.tasks.get(name.toLowerCase());
  }

  add(name: string, definition: Element, owner: string, closed = false): Task {
    const before = this.find(name);
    const fresh: Task = {
      name,
      definition,
      owner,
      closed,
      lastResult: results.neverRun,
      lastRun: undefined,
      process: undefined,
      startedAt: 0,
      drainingUntil: 0,
    };
    // Registering again changes the definition of the same task; what runs goes on.
    const task = before === undefined ? fresh : Object.assign(before, { definition, owner, closed });
    this.tasks.set(name.toLowerCase(), task);
    return task;
  }

  /** Starts the action unless IgnoreNew, the battery or a missing session forbid it: the policy of every trigger and of /run. */
  start(task: Task): void {
    const settings = at(task.definition, 'Settings');
    const runs = task.process !== undefined;
    const drops = Date.now() < task.drainingUntil;
    task.drainingUntil = 0;
    if (!this.loggedOn || runs || drops) return;
    if (this.onBattery && textAt(settings, 'DisallowStartIfOnBatteries') !== 'false') return;
    const exec = at(task.definition, 'Actions', 'Exec');
    const command = textAt(exec, 'Command') as string;
    const child = this.launch(command, textAt(exec, 'Arguments') ?? '', textAt(exec, 'WorkingDirectory'));
    task.process = child;
    task.startedAt = this.now;
    task.lastRun = new Date();
    task.lastResult = results.running;
    const ended = (result: number) => {
      if (task.process !== child) return;
      task.process = undefined;
      task.lastResult = result;
    };
    child.once('error', () => ended(0x80070002));
    child.once('exit', (code) => ended(code ?? 1));
  }

  /** /end and the time limit: the task's own process, and nothing below it. */
  end(task: Task, result: number = results.terminated): void {
    const child = task.process;
    if (child?.pid === undefined) return;
    task.process = undefined;
    task.lastResult = result;
    task.drainingUntil = Date.now() + drainMs;
    end(child.pid);
  }

  /** CreateProcess in the user's session: programs in System32 are our stand-ins. */
  launch(command: string, line: string, cwd: string | undefined): ChildProcess {
    const { bin, env } = this.options;
    const program = /^[A-Za-z]:\\/.test(command) ? join(bin, win32.basename(command)) : command;
    const options = { env, detached: true, stdio: 'ignore' as const, ...(cwd === undefined ? {} : { cwd }) };
    const child = spawn(program, [line], options);
    child.once('error', () => undefined);
    child.unref();
    return child;
  }

  /** Starts every task that has an enabled trigger of this kind. */
  fire(kind: 'LogonTrigger' | 'TimeTrigger', due: (trigger: Element) => boolean = () => true): void {
    for (const task of this.tasks.values()) {
      if (textAt(task.definition, 'Settings', 'Enabled') === 'false') continue;
      const triggers = at(task.definition, 'Triggers')?.children ?? [];
      const fires = triggers.some(
        (one) => one.name === kind && textAt(one, 'Enabled') !== 'false' && due(one),
      );
      if (fires) this.start(task);
    }
  }

  /** Lets simulated time pass, minute by minute: repeating triggers fire, time limits strike. */
  pass(count: number): void {
    for (let minute = 0; minute < count; minute += 1) {
      const before = this.now;
      this.now += 60_000;
      this.fire('TimeTrigger', (trigger) => this.#isDue(trigger, before));
      for (const task of this.tasks.values()) this.#enforceLimits(task);
    }
  }

  #isDue(trigger: Element, before: number): boolean {
    const start = Date.parse(textAt(trigger, 'StartBoundary') as string);
    const every = minutes(textAt(trigger, 'Repetition', 'Interval') ?? 'PT0S') * 60_000;
    const duration = textAt(trigger, 'Repetition', 'Duration');
    if (every === 0) return start > before && start <= this.now;
    if (this.now < start) return false;
    if (duration !== undefined && this.now > start + minutes(duration) * 60_000) return false;
    return Math.floor((this.now - start) / every) > Math.floor((before - start) / every);
  }

  #enforceLimits(task: Task): void {
    const settings = at(task.definition, 'Settings');
    const limit = minutes(textAt(settings, 'ExecutionTimeLimit') ?? 'PT72H') * 60_000;
    if (limit > 0 && this.now - task.startedAt >= limit) this.end(task);
  }

  /** The charger is pulled or put back. */
  power(onBattery: boolean): void {
    this.onBattery = onBattery;
    for (const task of this.tasks.values()) {
      const stops = textAt(task.definition, 'Settings', 'StopIfGoingOnBatteries') !== 'false';
      if (onBattery && stops) this.end(task);
    }
  }

  /** Ends every process of the session without a word. */
  endSession(): void {
    this.loggedOn = false;
    for (const task of this.tasks.values()) {
      if (task.process === undefined) continue;
      task.process = undefined;
      task.lastResult = results.killedAtLogoff;
    }
    for (let left = marked(this.options.mark); left.length > 0; left = marked(this.options.mark))
      left.forEach(end);
  }
}
