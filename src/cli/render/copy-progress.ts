import type { StepEvent } from '../../install/context.ts';
import type { Output } from '../output.ts';
import { megabytes } from './migration-steps.ts';

function timeLeft(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
}

/** How far a copy is, for people. */
export function copiedWords({ bytes, total, msLeft }: Extract<StepEvent, { kind: 'copied' }>): string {
  const percent = total === 0 ? 100 : Math.floor((100 * bytes) / total);
  const left = msLeft === undefined || bytes >= total ? '' : `, ${timeLeft(msLeft)} left`;
  return `${megabytes(bytes)} of ${megabytes(total)} (${percent} %)${left}`;
}

/** Says what steps tell: on a terminal, progress over and over in one line; elsewhere only now and then. */
export function telling(out: Output, notes: string[]): (event: StepEvent) => void {
  const terminal = process.stderr.isTTY === true;
  let lastPercent = -10;
  return (event) => {
    if (event.kind === 'note') {
      notes.push(event.text);
      return;
    }
    if (out.json) return out.document({ event: 'copied', ...event, kind: undefined });
    const percent = event.total === 0 ? 100 : (100 * event.bytes) / event.total;
    if (terminal) process.stderr.write(`\r\x1b[2K    ${copiedWords(event)}${percent >= 100 ? '\n' : ''}`);
    else if (percent >= 100 || percent - lastPercent >= 10) {
      lastPercent = percent;
      out.talk(`    ${copiedWords(event)}`);
    }
  };
}
