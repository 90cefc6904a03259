/** A value that is loaded on first use. */
export interface Lazy<T> {
  /** Gives the value and loads it once. After a failed load the next call tries again. */
  get(): Promise<T>;
  /** The value if it is loaded. Does not load it. */
  current(): T | undefined;
}

/** Makes a value that `load` loads on first use. */
export function lazily<T>(load: () => Promise<T>): Lazy<T> {
  let loading: Promise<T> | undefined;
  let loaded: T | undefined;
  return {
    async get() {
      loading ??= load();
      try {
        loaded = await loading;
        return loaded;
      } catch (error) {
        loading = undefined;
        throw error;
      }
    },
    current: () => loaded,
  };
}
