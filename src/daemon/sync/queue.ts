/** Runs tasks with the same key one after another, and tasks with different keys in parallel. */
export interface Queue {
  /** Gives the result of the task or throws its error. An error does not stop the next task. */
  run<T>(key: string, task: () => Promise<T>): Promise<T>;
  /** Resolves when no task is running. */
  idle(): Promise<void>;
}

/** Makes an empty queue. */
export function createQueue(): Queue {
  const last = new Map<string, Promise<unknown>>();
  return {
    run(key, task) {
      const result = Promise.resolve(last.get(key)).then(task);
      const settled = result.then(
        () => undefined,
        () => undefined,
      );
      last.set(key, settled);
      void settled.then(() => {
        if (last.get(key) === settled) last.delete(key);
      });
      return result;
    },
    async idle() {
      while (last.size > 0) await Promise.all(last.values());
    },
  };
}
