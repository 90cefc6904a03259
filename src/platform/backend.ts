import type { Roots } from '../layout.ts';
import type { BackendName, UnitFile, UnitObservation, UnitSpec, Verb } from '../service/unit.ts';
import type { System } from '../system/system.ts';

export type { Verb } from '../service/unit.ts';

/** Whether a backend can be used for this user on this machine. Never decided by a text. */
export type Availability =
  | { kind: 'usable' }
  /** There is no such manager here. */
  | { kind: 'absent'; reason: string }
  /** It exists but refuses at the moment. `hint` is a command that may change that. */
  | { kind: 'refused'; reason: string; hint?: string };

/**
 * The interface of one service manager. A backend has three parts: render (pure), parse (pure) and manager (runs
 * commands). Every method that runs commands throws a MemorydError with the output of the manager.
 */
export interface Backend {
  readonly name: BackendName;
  /** One line for people: what is guaranteed for an installed service and what is not. */
  guarantee(service: string): Promise<string>;
  available(): Promise<Availability>;
  /**
   * Renders the unit files (pure). The renderer is loaded on demand. Throws `configuration` for what the format cannot
   * express.
   */
  render(spec: UnitSpec): Promise<UnitFile[]>;
  /** The paths to which `render` writes the files of a service, whether they exist or not. */
  unitPaths(service: string): string[];
  /**
   * Asks the manager to check rendered files before they are installed. Throws with its output if it rejects them
   * (X08).
   */
  check(files: readonly UnitFile[]): Promise<void>;
  /** The argv that `perform` will run, for people (`--dry-run`). Pure. */
  commands(verb: Verb, service: string): string[][];
  /** Carries out the verb, and waits until the manager reports completion. */
  perform(verb: Verb, service: string): Promise<void>;
  /**
   * The state according to files and manager, in the time of one manager command. A further command is run at the same
   * time, or if the answer contradicts all other records.
   */
  observe(service: string): Promise<UnitObservation>;
  /** The state according to the files alone, without starting a process. `process` is `unknown` then. */
  observeFiles(service: string): Promise<UnitObservation>;
}

/** Creates a backend. */
export type CreateBackend = (system: System, roots: Roots) => Backend;
