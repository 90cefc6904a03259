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
  /** We ended the last child ourselves. */
  #wasAsked = false;

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

  /**
   * What follows from an exit of the running child at a monotonic time: it is not started again, it is, or it is after
   * another process has served. `left` are processes that it left behind; `standBy` waits while another process
   * serves, and tells whether one did.
   */
  async judge(
    exit: ChildExit,
    left: readonly number[],
    now: number,
    standBy: () => Promise<boolean>,
  ): Promise<'final' | 'again' | 'served'> {
    const meaning = this.#meaningOf(exit);
    if (meaning === 'refuse') return 'final';
    // A command that detaches its daemon ends at once, with success, and is no failure that a restart would help (N09).
    if (meaning === 'restart' && exit.code === 0 && left.length > 0 && !this.#wasAsked) {
      this.#refuse(`left pid ${left.join(', ')} in the background: use its option to stay in the foreground`);
      return 'final';
    }
    if (meaning !== 'yield') return this.#loop.ended(now) ? 'final' : 'again';
    if (!(await standBy())) return this.#isVain(now) ? 'final' : 'again';
    this.served();
    return 'served';
  }

  #meaningOf(exit: ChildExit): ExitMeaning {
    this.#wasAsked = this.#asked !== undefined;
    const meaning = this.#asked === undefined ? exitMeaning(this.#spec, exit.code) : 'restart';
    this.#last = this.#asked ?? exitText(exit);
    this.#asked = undefined;
    this.#refused = meaning === 'refuse';
    return meaning;
  }

  #refuse(why: string): void {
    this.#refused = true;
    this.#last = `${this.#last}, and ${why}`;
  }

  /**
   * Whether exits have said that another process serves, where none does, for as long as a start may take: the other
   * process may still have been starting.
   */
  #isVain(now: number): boolean {
    this.#yieldedSince ??= now;
    if (now - this.#yieldedSince <= startLimitMs(this.#spec)) return false;
    this.#refuse('that says that another process serves, and none answers');
    return true;
  }

  /** Somebody answers: earlier exits count no more. */
  served(): void {
    this.#yieldedSince = undefined;
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
