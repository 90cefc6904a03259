import type { Roots } from '../layout.ts';
import type { BackendName, UnitFile, UnitObservation, UnitSpec, Verb } from '../service/unit.ts';
import type { System } from '../system/system.ts';

export type { Verb } from '../service/unit.ts';

/** Whether a backend can serve this user here, decided by what the machine has and never by text. */
export type Availability =
  | { kind: 'usable' }
  /** There is no such manager here. */
  | { kind: 'absent'; reason: string }
  /** It is there and refuses, for now: `hint` is a command that may change that. */
  | { kind: 'refused'; reason: string; hint?: string };

/**
 * One service manager, seen from outside. Three files make one: render (pure), parse (pure), manager (talks).
 * Every method that talks throws a MemorydError that carries the manager's own words.
 */
export interface Backend {
  readonly name: BackendName;
  /** One sentence for people: what is guaranteed here and what is not. */
  readonly guarantee: string;
  available(): Promise<Availability>;
  /** The files to put on disk: pure, and loaded only when asked. Throws `configuration` for what the format cannot express. */
  render(spec: UnitSpec): Promise<UnitFile[]>;
  /** Where `render` puts the files of a service of this user, whether they are there or not. */
  unitPaths(service: string): string[];
  /** Asks the manager to check rendered files before they are put in place; a rejection throws with its words (X08). */
  check(files: readonly UnitFile[]): Promise<void>;
  /** The argv that `perform` will run, for people (`--dry-run`). Pure. */
  commands(verb: Verb, service: string): string[][];
  /** Does it, and waits until the manager says it is done. */
  perform(verb: Verb, service: string): Promise<void>;
  /** What files and manager say, in one manager command: a second only where its answer contradicts all other accounts. */
  observe(service: string): Promise<UnitObservation>;
  /** The same from files alone, without spawning anything; `process` is `unknown` then. */
  glance(service: string): Promise<UnitObservation>;
}

/** How each backend is made. */
export type CreateBackend = (system: System, roots: Roots) => Backend;
