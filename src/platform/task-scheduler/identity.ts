import { MemorydError } from '../../errors.ts';
import type { ServicePaths } from '../../layout.ts';
import { currentSid } from '../../system/sid.ts';
import type { System } from '../../system/system.ts';
import { readUnitFile } from './unit-file.ts';

const sidPattern = /^S-1-\d+(-\d+)+$/;

/** Knows the user's SID, which every task name holds, asking as seldom as can be. */
export class Identity {
  readonly #system: System;
  #sid: string | undefined;

  constructor(system: System) {
    this.#system = system;
  }

  /** What is known without asking. */
  get known(): string | undefined {
    return this.#sid;
  }

  /** Asks whoami, once. Throws `no-manager` where there is none. */
  async ask(): Promise<string> {
    if (this.#sid !== undefined) return this.#sid;
    const found = await currentSid(this.#system.exec);
    if (found.kind === 'missing')
      throw new MemorydError('no-manager', `whoami is not on this machine's PATH`);
    this.#sid = found.sid;
    return found.sid;
  }

  /** For looking only: an installed service has the SID in its unit file, and then nothing is spawned. */
  async recall(paths: Pick<ServicePaths, 'state'>): Promise<string> {
    if (this.#sid !== undefined) return this.#sid;
    const unit = await readUnitFile(this.#system.files, paths);
    const sid = unit.kind === 'task' ? unit.task.userId : undefined;
    if (sid === undefined || !sidPattern.test(sid)) return this.ask();
    this.#sid = sid;
    return sid;
  }
}
