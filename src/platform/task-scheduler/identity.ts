import { MemorydError } from '../../errors.ts';
import type { ServicePaths } from '../../layout.ts';
import { currentSid } from '../../system/sid.ts';
import type { System } from '../../system/system.ts';
import { readUnitFile } from './unit-file.ts';

const sidPattern = /^S-1-\d+(-\d+)+$/;

/** The user's SID, which is part of every task name. It is asked for as rarely as possible. */
export class WindowsIdentity {
  readonly #system: System;
  #sid: string | undefined;

  constructor(system: System) {
    this.#system = system;
  }

  /** The SID, if it is known already. */
  get known(): string | undefined {
    return this.#sid;
  }

  /** Asks whoami, once. Throws `no-manager` if there is no whoami. */
  async ask(): Promise<string> {
    if (this.#sid !== undefined) return this.#sid;
    const found = await currentSid(this.#system.exec);
    if (found.kind === 'missing')
      throw new MemorydError('no-manager', `whoami is not on this machine's PATH`);
    this.#sid = found.sid;
    return found.sid;
  }

  /** For observations: an installed service has the SID in its unit file, so no process is started. */
  async recall(paths: Pick<ServicePaths, 'state'>): Promise<string> {
    if (this.#sid !== undefined) return this.#sid;
    const unit = await readUnitFile(this.#system.files, paths);
    const sid = unit.kind === 'task' ? unit.task.userId : undefined;
    if (sid === undefined || !sidPattern.test(sid)) return this.ask();
    this.#sid = sid;
    return sid;
  }
}
