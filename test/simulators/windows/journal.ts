import { type Answer, answer, type Call, type JournalEntry } from './call.ts';

/** What goes wrong, for calls of `tool` whose arguments include `verb`, `times` times (for ever by default). */
export interface Fault {
  tool: string;
  verb?: string;
  /** `hang`: no answer at all. `drop`: exit 0 and nothing happens. A number: that exit code. */
  effect: 'hang' | 'drop' | 'missing' | number;
  times?: number;
}

/** Keeps the account of all calls, and makes some of them fail. */
export class Journal {
  readonly entries: JournalEntry[] = [];
  readonly #faults = new Set<Fault & { left: number }>();

  fault(fault: Fault): () => void {
    const entry = { ...fault, left: fault.times ?? Number.POSITIVE_INFINITY };
    this.#faults.add(entry);
    return () => void this.#faults.delete(entry);
  }

  #faultFor({ tool, args }: Call): Fault | undefined {
    for (const fault of this.#faults) {
      const verb = fault.verb?.toLowerCase();
      const hit =
        fault.tool === tool && (verb === undefined || args.some((one) => one.toLowerCase() === verb));
      if (!hit || fault.left <= 0) continue;
      fault.left -= 1;
      return fault;
    }
    return undefined;
  }

  /** Answers one call, whole code in the journal. */
  handle(call: Call, run: (call: Call) => Answer | undefined): Answer | undefined {
    const fault = this.#faultFor(call)?.effect;
    const reply =
      fault === 'hang'
        ? undefined
        : fault === 'drop'
          ? answer(0)
          : typeof fault === 'number'
            ? answer(fault)
            : run(call);
    this.entries.push({
      tool: call.tool,
      args: call.args,
      code: reply === undefined ? null : reply.code >>> 0,
    });
    return reply;
  }
}
