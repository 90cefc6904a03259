/** Runs tasks of one key one after the other, tasks of different keys side by side. */
export interface Queue {
  /** Gives what the task gives, or throws what it throws; neither stops the next one. */
  run<T>(key: string, task: () => Promise<T>): Promise<T>;
  /** Resolves when nothing is running. */
  idle(): Promise<void>;
}

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
