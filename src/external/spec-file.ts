import { build } from '../package.ts';
import { equals, isObject, parseState } from '../service/state-text.ts';
import type { ExternalSpec } from './spec.ts';

/**
 * A computed spec, stored beside the service: the schema checker takes more memory than the rest of a host, for as
 * long as the host lives. The definition stays the source of truth: the key changes with every byte of it.
 */
interface SpecFile {
  schema: 1;
  key: string;
  spec: ExternalSpec;
}

/**
 * The texts from which a spec is made, and the build. They are stored completely, because hashing would load
 * cryptography into the host.
 */
export function specKey(definition: string, adapter: string | undefined): string {
  return JSON.stringify([build, definition, adapter ?? null]);
}

export function specText(key: string, spec: ExternalSpec): string {
  const file: SpecFile = { schema: 1, key, spec };
  return `${JSON.stringify(file)}\n`;
}

/** The spec in such a file, if it was made from the texts in `key`. */
export function parseSpec(text: string, key: string): ExternalSpec | undefined {
  const parsed = parseState<SpecFile>(text, { schema: equals(1), key: equals(key), spec: isObject });
  // The file is incomplete, empty or of another definition: the spec is computed again.
  return parsed.kind === 'valid' ? parsed.value.spec : undefined;
}
