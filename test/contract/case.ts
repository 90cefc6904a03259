import type { Service } from './service.ts';
import type { Ability } from './world.ts';

/** One thing that holds on every backend: the same words and the same checks for all of them. */
export interface Case {
  /** With the ids of the field failures that it is about. */
  name: string;
  /** What must be possible with the machine. */
  needs?: Ability;
  /** It installs first, and ends with that install as good as new: such cases share a machine, one after the other. */
  keepsInstall?: true;
  /** Otherwise given a machine of its own, with nothing installed. */
  run(service: Service): Promise<void>;
}
