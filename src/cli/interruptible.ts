import { MemorydError } from '../errors.ts';
import type { Progress } from '../install/apply.ts';
import type { StepEvent } from '../install/context.ts';

interface Listeners {
  progress: Progress;
  tell: (event: StepEvent) => void;
}

/**
 * Wraps the listeners so that the current step fails after Ctrl-C or another request to end. The change is then
 * undone, as after any failure. A second signal ends the process at once; the next run recovers.
 */
export function interruptible({ progress, tell }: Listeners): Listeners {
  let asked = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      asked = true;
    });
  }
  const check = () => {
    if (asked) throw new MemorydError('failed', 'interrupted');
  };
  return {
    progress(step, index, total) {
      check();
      progress(step, index, total);
    },
    tell(event) {
      if (event.kind === 'copied') check();
      tell(event);
    },
  };
}
