import { MemorydError } from '../errors.ts';
import type { Progress } from '../install/apply.ts';
import type { StepEvent } from '../install/context.ts';

interface Listeners {
  progress: Progress;
  tell: (event: StepEvent) => void;
}

/**
 * The same listeners, which fail the step that is under way once somebody pressed Ctrl-C or asked this process to end:
 * what it did is then undone, as after any failure. A second time ends it at once, and the next run does the rest.
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
