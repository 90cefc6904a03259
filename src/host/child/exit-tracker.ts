import { MemorydError } from '../../errors.ts';
import { CrashLoop } from '../../external/crash-loop.ts';
import { exitMeaning } from '../../external/exit-meaning.ts';
import type { ExternalSpec } from '../../external/spec.ts';
import type { ExitMeaning } from '../../service/external-settings.ts';
import type { ChildExit } from '../supervisor.ts';
import { startLimitMs } from './monitor.ts';

function exitText({ code, signal }: ChildExit): string {
  if (signal !== null) return `killed by ${signal}`;
  return code === null ? 'could not be started' : `exit ${code}`;
}

/** Decides what the exits of a child mean: each exit, and too many of them. */
export class ExitTracker {
  readonly #spec: ExternalSpec;
  readonly #loop: CrashLoop;
  /** Since when the daemon gives way to nobody. */
  #yieldedSince: number | undefined;
  /** The reason for which we are restarting the child; undefined if we are not. */
  #asked: string | undefined;
  #last: string | null = null;
  #refused = false;

  constructor(spec: ExternalSpec) {
    this.#spec = spec;
    this.#loop = new CrashLoop(spec.restart);
  }

  /** How the last child ended; null if none has ended. */
  get last(): string | null {
    return this.#last;
  }

  /** Announces that we are restarting the running child. Its exit code is then ignored. */
  expect(why: string): void {
    this.#asked = why;
  }

  /** The meaning of the exit of the running child. */
  meaningOf(exit: ChildExit): ExitMeaning {
    const meaning = this.#asked === undefined ? exitMeaning(this.#spec, exit.code) : 'restart';
    this.#last = this.#asked ?? exitText(exit);
    this.#asked = undefined;
    this.#refused = meaning === 'refuse';
    return meaning;
  }

  /** Records an exit at a monotonic time. Returns true if there were too many within the window. */
  isLoop(now: number): boolean {
    return this.#loop.ended(now);
  }

  /**
   * Records an exit that says that another process serves, where none does. Returns true when that has gone on for as
   * long as a start may take: the other process may still have been starting.
   */
  isVain(now: number): boolean {
    this.#yieldedSince ??= now;
    const isOver = now - this.#yieldedSince > startLimitMs(this.#spec);
    if (isOver) this.#last = `${this.#last}, which says that another process serves, and none answers`;
    this.#refused ||= isOver;
    return isOver;
  }

  /** Somebody answers: earlier exits count no more. */
  served(): void {
    this.#yieldedSince = undefined;
  }

  /** Records that the command put itself into the background: it ended with 0 and left these processes. */
  background(pids: readonly number[]): void {
    this.#refused = true;
    this.#last = `${this.#last}, and left pid ${pids.join(', ')} in the background: use its option to stay in the foreground`;
  }

  /** The error for a child that is not started again. `said` are its last lines of output. */
  failureDetail(said: readonly string[]): MemorydError {
    const { restart, service } = this.#spec;
    const what = this.#refused
      ? `it will not run: ${this.#last}`
      : `ended ${restart.exits} times in ${restart.windowSecs} s, last: ${this.#last}`;
    return new MemorydError('configuration', [what, ...said].join('\n'), { hint: `memoryd logs ${service}` });
  }
}
