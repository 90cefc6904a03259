import { MemorydError } from '../../errors.ts';
import { CrashLoop } from '../../external/crash-loop.ts';
import { exitMeaning } from '../../external/exit-meaning.ts';
import type { ExternalSpec } from '../../external/spec.ts';
import type { ExitMeaning } from '../../service/external-settings.ts';
import type { ChildExit } from '../supervisor.ts';

function exitText({ code, signal }: ChildExit): string {
  if (signal !== null) return `killed by ${signal}`;
  return code === null ? 'could not be started' : `exit ${code}`;
}

/** What the ends of a child mean, each by itself and many of them together. */
export class ExitTracker {
  readonly #spec: ExternalSpec;
  readonly #loop: CrashLoop;
  /** Why the child is being restarted by us. */
  #asked: string | undefined;
  #last: string | null = null;
  #refused = false;

  constructor(spec: ExternalSpec) {
    this.#spec = spec;
    this.#loop = new CrashLoop(spec.restart);
  }

  /** How the last one ended; null while none has. */
  get last(): string | null {
    return this.#last;
  }

  /** The child that runs is about to end because we restart it: its exit code has nothing to say then. */
  expect(why: string): void {
    this.#asked = why;
  }

  /** What the end of the child that ran means. */
  meaningOf(exit: ChildExit): ExitMeaning {
    const meaning = this.#asked === undefined ? exitMeaning(this.#spec, exit.code) : 'restart';
    this.#last = this.#asked ?? exitText(exit);
    this.#asked = undefined;
    this.#refused = meaning === 'refuse';
    return meaning;
  }

  /** Books an end at a monotonic time; true when there have been too many. */
  isLoop(now: number): boolean {
    return this.#loop.ended(now);
  }

  /** Why it is not started again, after an end that was final. `said` are its last lines. */
  failureDetail(said: readonly string[]): MemorydError {
    const { restart, service } = this.#spec;
    const what = this.#refused
      ? `it will not run: ${this.#last}`
      : `ended ${restart.exits} times in ${restart.windowSecs} s, last: ${this.#last}`;
    return new MemorydError('configuration', [what, ...said].join('\n'), { hint: `memoryd logs ${service}` });
  }
}
