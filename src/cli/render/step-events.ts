import type { Progress } from '../../install/apply.ts';
import type { StepEvent } from '../../install/context.ts';
import type { Output } from '../output.ts';
import { megabytes } from './migration-steps.ts';
import { progressTo } from './progress.ts';

function timeLeft(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
}

/** The progress of a copy. */
function copiedWords({ bytes, total, msLeft }: Extract<StepEvent, { kind: 'copied' }>): string {
  const percent = total === 0 ? 100 : Math.floor((100 * bytes) / total);
  const left = msLeft === undefined || bytes >= total ? '' : `, ${timeLeft(msLeft)} left`;
  return `${megabytes(bytes)} of ${megabytes(total)} (${percent} %)${left}`;
}

/**
 * Prints the events of steps. A terminal gets progress in one line that is overwritten; other outputs get a line for
 * every ten percent.
 */
function eventPrinter(out: Output, notes: string[]): (event: StepEvent) => void {
  const terminal = process.stderr.isTTY === true;
  let lastPercent = -10;
  return (event) => {
    if (event.kind === 'note') {
      if (out.json) out.printJson({ event: 'note', text: event.text });
      else notes.push(event.text);
      return;
    }
    const { bytes, total, msLeft = null } = event;
    if (out.json) return out.printJson({ event: 'copied', bytes, total, msLeft });
    const percent = total === 0 ? 100 : (100 * bytes) / total;
    if (terminal) process.stderr.write(`\r\x1b[2K    ${copiedWords(event)}${percent >= 100 ? '\n' : ''}`);
    else if (percent >= 100 || percent - lastPercent >= 10) {
      lastPercent = percent;
      out.info(`    ${copiedWords(event)}`);
    }
  };
}

/**
 * Prints steps when they begin, and their progress. With `--json`, one JSON line each. Notes are collected for the
 * end.
 */
export function stepEvents(
  out: Output,
  notes: string[],
): { progress: Progress; tell: (event: StepEvent) => void } {
  const printed = progressTo(out);
  const progress: Progress = (step, index, total) => {
    if (out.json) out.printJson({ event: 'step', index, total, kind: step.kind, reason: step.why });
    else printed(step, index, total);
  };
  return { progress, tell: eventPrinter(out, notes) };
}
