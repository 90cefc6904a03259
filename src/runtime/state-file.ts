import { MemorydError } from '../errors.ts';
import { parseState, type Shape } from '../service/state-text.ts';
import type { Files } from '../system/files.ts';

/** The content of a state file. An absent file, an unreadable file and an invalid file are different states. */
export type State<T> =
  | { kind: 'absent' }
  | { kind: 'unreadable'; path: string; reason: string }
  | { kind: 'invalid'; path: string; reason: string }
  | { kind: 'valid'; value: T };

/** A JSON file for memoryd's own state, at a path that follows from a `P`. */
export interface StateFile<P, T> {
  path(place: P): string;
  /** Reads the file. Never throws. */
  read(files: Pick<Files, 'read'>, place: P): Promise<State<T>>;
  /**
   * The value; `undefined` if the file is absent or invalid, and will be written again. Throws `permission` if the file
   * exists and cannot be read: treating it as absent would lose its content.
   */
  value(files: Pick<Files, 'read'>, place: P): Promise<T | undefined>;
  write(files: Pick<Files, 'write'>, place: P, value: T): Promise<void>;
}

/** The text of a state file. */
export function stateText(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

/** The message for a file that exists and cannot be read, with the reason that the system gave. */
export function cannotRead({ path, reason }: { path: string; reason: string }): string {
  return `cannot read ${path}: ${reason}`;
}

function refuseUnreadable(state: { path: string; reason: string }): never {
  throw new MemorydError('permission', cannotRead(state));
}

/** Declares a state file: its path, and the type of each field. It is written atomically, with mode 0600. */
export function stateFile<P, T extends object>(path: (place: P) => string, shape: Shape<T>): StateFile<P, T> {
  async function read(files: Pick<Files, 'read'>, place: P): Promise<State<T>> {
    const seen = await files.read(path(place));
    if (seen.kind === 'absent') return seen;
    if (seen.kind === 'unreadable') return { kind: 'unreadable', path: path(place), reason: seen.why };
    const parsed = parseState(seen.text, shape);
    return parsed.kind === 'valid' ? parsed : { ...parsed, path: path(place) };
  }
  return {
    path,
    read,
    async value(files, place) {
      const state = await read(files, place);
      if (state.kind === 'unreadable') return refuseUnreadable(state);
      return state.kind === 'valid' ? state.value : undefined;
    },
    write: (files, place, value) => files.write(path(place), stateText(value), 0o600),
  };
}
