import { appendFile, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../errors.ts';
import { equals, isObject, isText, listOf, oneOf, parseState } from '../service/state-text.ts';
import type { Plan, Step } from '../service/step.ts';
import { type BackendName, backendNames } from '../service/unit.ts';
import { makeDirectory } from '../system/make-directory.ts';
import { named } from '../system/write-whole.ts';

/** A step without the content it wrote: enough to undo it, or to repeat a step that only removes. */
export type JournalledStep = Step extends infer S
  ? S extends { content: string }
    ? Omit<S, 'content'>
    : S
  : never;

/** The header of the journal of one plan. With `steps`, the next run can finish a plan that only removes. */
export interface JournalHeader {
  schema: 1;
  backend: BackendName;
  command: Plan['command'];
  service: string;
  onInterrupt: Plan['onInterrupt'];
  finishFrom?: number;
  steps: JournalledStep[];
}

type JournalRecord = { begin: number; before: unknown } | { done: number } | { committed: true };

/** The content of the journal of an interrupted run. */
export interface Interrupted {
  header: JournalHeader;
  /** The `before` of every started step, by step number, in order. */
  begun: { index: number; before: unknown }[];
  done: ReadonlySet<number>;
  committed: boolean;
}

/** What is not a header of ours, such as half of one, announces nothing. */
const headerShape = {
  schema: equals(1),
  backend: oneOf(backendNames),
  command: isText,
  service: isText,
  onInterrupt: oneOf(['undo', 'finish']),
  steps: listOf(isObject),
};

const headerFile = 'plan.json';
const recordsFile = 'records.jsonl';

/**
 * The write-ahead journal of one service: a directory that exists only while a plan runs. Each record is on disk
 * before its step begins, so that a kill at any moment can be undone or finished (X07).
 */
export class Journal {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Where a step may store what it replaces. */
  beforePath(index: number): string {
    return join(this.directory, `before-${index}`);
  }

  async open(header: JournalHeader): Promise<void> {
    makeDirectory(this.directory, 0o700);
    await this.#append(recordsFile, '', true);
    await this.#append(headerFile, JSON.stringify(header), true);
    await syncDirectory(this.directory);
  }

  begin(index: number, before: unknown): Promise<void> {
    return this.#append(recordsFile, `${JSON.stringify({ begin: index, before })}\n`, true);
  }

  /** Not flushed: undoing or repeating a finished step is harmless, and forgetting a started one is not. */
  done(index: number): Promise<void> {
    return this.#append(recordsFile, `${JSON.stringify({ done: index })}\n`, false);
  }

  commit(): Promise<void> {
    return this.#append(recordsFile, `${JSON.stringify({ committed: true })}\n`, true);
  }

  /** The plan has ended. */
  async close(): Promise<void> {
    // The header is removed first: without it the rest has no effect.
    await rm(join(this.directory, headerFile), { force: true }).catch(() => undefined);
    await rm(this.directory, { recursive: true, force: true });
  }

  /** The interrupted run, or `undefined`. With an incomplete header, nothing had begun. */
  async read(): Promise<Interrupted | undefined> {
    const parsed = parseState(await this.#text(headerFile), headerShape);
    if (parsed.kind === 'invalid') return undefined;
    const header = parsed.value as JournalHeader;
    const interrupted: Interrupted = { header, begun: [], done: new Set(), committed: false };
    const done = new Set<number>();
    for (const line of (await this.#text(recordsFile)).split('\n')) {
      // The last line may be incomplete: its step never began.
      const record = parse<JournalRecord>(line);
      if (record === undefined || !isObject(record)) continue;
      if ('begin' in record) interrupted.begun.push({ index: record.begin, before: record.before });
      else if ('done' in record) done.add(record.done);
      else interrupted.committed = true;
    }
    return { ...interrupted, done };
  }

  async #append(file: string, text: string, flush: boolean): Promise<void> {
    const path = join(this.directory, file);
    await named(path, () => appendFile(path, text, { mode: 0o600, flush }));
  }

  async #text(file: string): Promise<string> {
    try {
      return await readFile(join(this.directory, file), 'utf8');
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return '';
      throw error;
    }
  }
}

/** Flushes new names in a directory to disk. Windows has no such call and needs none: NTFS journals names. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const directory = await open(path, 'r');
  await directory.sync().finally(() => directory.close());
}

function parse<T>(text: string): T | undefined {
  try {
    return text === '' ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
}
