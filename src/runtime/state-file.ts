import { MemorydError } from '../errors.ts';
import { parseState, type Shape } from '../service/state-text.ts';
import type { Files } from '../system/files.ts';

/** What a state file holds. A file that is not there, one that cannot be read and one that holds something else differ. */
export type State<T> =
  | { kind: 'absent' }
  | { kind: 'unreadable'; path: string; reason: string }
  | { kind: 'invalid'; path: string; reason: string }
  | { kind: 'valid'; value: T };

/** A JSON file that memoryd keeps for itself at a place `P` names. */
export interface StateFile<P, T> {
  path(place: P): string;
  /** Never throws. */
  read(files: Pick<Files, 'read'>, place: P): Promise<State<T>>;
  /**
   * The value; `undefined` when there is none or the file holds something else, which is then written anew.
   * Throws `permission` when the file is there and cannot be read: to go on as if it were not there loses what it says.
   */
  value(files: Pick<Files, 'read'>, place: P): Promise<T | undefined>;
  write(files: Pick<Files, 'write'>, place: P, value: T): Promise<void>;
}

/** The text of a state file. */
export function stateText(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

/** What is said of a file that is there and cannot be read, in the words of the system. */
export function cannotRead({ path, reason }: { path: string; reason: string }): string {
  return `cannot read ${path}: ${reason}`;
}

function refuseUnreadable(state: { path: string; reason: string }): never {
  throw new MemorydError('permission', cannotRead(state));
}

/** Declares a state file: where it lies and what each of its fields must be. Written whole, 0600. */
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
