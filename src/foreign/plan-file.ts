import { build } from '../package.ts';
import { equals, isObject, parseState } from '../service/state-text.ts';
import type { ForeignSpec } from './spec.ts';

/**
 * A spec that was worked out before, kept beside the service: the schema checker takes more memory than all the rest of
 * a host, for as long as it lives. The definition stays the truth: the key changes with every byte of it.
 */
interface PlanFile {
  schema: 1;
  key: string;
  spec: ForeignSpec;
}

/** The texts that a spec is made from, and the build that made it: whole, since to hash them a host would need cryptography. */
export function planKey(definition: string, adapter: string | undefined): string {
  return JSON.stringify([build, definition, adapter ?? null]);
}

export function planText(key: string, spec: ForeignSpec): string {
  const plan: PlanFile = { schema: 1, key, spec };
  return `${JSON.stringify(plan)}\n`;
}

/** The spec in a plan file's text, if it was made from what `key` names. */
export function parsePlan(text: string, key: string): ForeignSpec | undefined {
  const parsed = parseState<PlanFile>(text, { schema: equals(1), key: equals(key), spec: isObject });
  // Of another definition, cut off or empty: it is made anew.
  return parsed.kind === 'valid' ? parsed.value.spec : undefined;
}
