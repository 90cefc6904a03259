import type { Progress } from '../../install/apply.ts';
import type { JournalledStep } from '../../install/journal.ts';
import type { Output } from '../output.ts';
import { migrationWords } from './migration-steps.ts';

function words(step: JournalledStep): string | undefined {
  switch (step.kind) {
    case 'write':
      return `write ${step.path}`;
    case 'copy':
      return `copy ${step.to}`;
    case 'remove':
    case 'remove-tree':
      return `remove ${step.path}`;
    case 'manager':
      return step.do.length === 0 ? undefined : `${step.do.join(', ')}: ${step.why}`;
    case 'verify':
      return 'wait until it answers';
    case 'verify-gone':
      return 'wait until nothing answers';
    default:
      return migrationWords(step);
  }
}

/** Prints each step when it begins. */
export function progressTo(out: Output): Progress {
  return (step) => {
    const said = words(step);
    if (said !== undefined) out.info(`  ${said}`);
  };
}
