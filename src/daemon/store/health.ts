import { messageOf } from '../../errors.ts';
import type { Log } from '../../service/log.ts';
import type { StoreProblem } from '../../service/store-problem.ts';
import { inspectSqliteFile, isWritable } from '../../system/sqlite-file.ts';
import type { StartJob } from './job/run.ts';
import type { Lifecycle } from './lifecycle.ts';
import { problemOfError, problemOfFile } from './problem.ts';
import { noteWrite } from './rows.ts';

/** What is known of a store: whether its last operations succeeded, and whether its file is whole. */
export interface Health {
  /** Gives the methods, whose errors and successes are noted. */
  observed<M extends object>(kind: 'read' | 'write', methods: M): M;
  /** Why memories cannot be read or stored; `undefined` when nothing is known to be wrong. Opens nothing. */
  problem(): StoreProblem | undefined;
  /** Checks the whole file in another process. Does nothing where no process can be started. */
  check(): void;
}

interface HealthOptions {
  startJob?: StartJob | undefined;
  service?: string | undefined;
  log: Log;
}

/** An open database is whole as far as is known, and has our schema. */
const readOnly = { kind: 'database', userVersion: 0, writable: false } as const;

type Method = (...args: unknown[]) => unknown;

/** The same methods, which tell how each call ended. */
function watched<T extends object>(
  methods: T,
  { succeeded, failed }: { succeeded(): void; failed(error: unknown): void },
): T {
  const watch =
    (method: Method): Method =>
    (...args) => {
      try {
        const result = method(...args);
        succeeded();
        return result;
      } catch (error) {
        failed(error);
        throw error;
      }
    };
  return Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [name, watch(method as Method)]),
  ) as T;
}

/** Makes the health of the store at `path`. */
export function createHealth(
  life: Lifecycle,
  path: string,
  { startJob, service = 'memory', log }: HealthOptions,
): Health {
  let noted: StoreProblem | undefined;
  let checking = false;

  function note(error: unknown): void {
    // Only a file that is not open may be inspected.
    const seen =
      problemOfError(error, path, service) ??
      (life.isOpen() ? undefined : problemOfFile(inspectSqliteFile(path), path, service));
    if (seen === undefined) return;
    if (seen.kind === 'damaged' && noted?.kind !== 'damaged') check();
    noted = seen;
    // SQLite opens a read-only file for reading, and does not notice when that changes. So the file is opened again.
    if (seen.kind !== 'damaged' && seen.kind !== 'full') life.close('discard');
  }

  /** A success of one operation does not prove that a damaged file is whole. */
  function succeeded(kind: 'read' | 'write'): void {
    if (noted === undefined || noted.kind === 'damaged') return;
    if (kind === 'write' || noted.kind === 'unreadable' || noted.kind === 'empty') noted = undefined;
  }

  function check(): void {
    if (startJob === undefined || checking) return;
    checking = true;
    startJob('check', path)
      .done.then(
        () => {
          if (noted?.kind === 'damaged') noted = undefined;
        },
        (error: unknown) => {
          log('store.check-failed', { error: messageOf(error) });
          noted = { kind: 'damaged', reason: messageOf(error), hint: `memoryd repair ${service}` };
        },
      )
      .finally(() => {
        checking = false;
      });
  }

  /** Tries to write again after a write has failed. */
  function retryWrite(): void {
    try {
      const db = life.reading();
      db?.transaction(() => noteWrite(db, 'probe', 0));
      noted = undefined;
    } catch (error) {
      note(error);
    }
  }

  return {
    observed: (kind, methods) => watched(methods, { succeeded: () => succeeded(kind), failed: note }),

    problem() {
      if (noted !== undefined && noted.kind !== 'damaged') retryWrite();
      if (noted !== undefined) return noted;
      if (!life.isOpen()) return problemOfFile(inspectSqliteFile(path), path, service);
      return isWritable(path) ? undefined : problemOfFile(readOnly, path, service);
    },
    check,
  };
}
