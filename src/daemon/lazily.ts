/** Something that is loaded when it is first asked for. */
export interface Lazy<T> {
  /** Loads it once; a failed load is tried again when it is next asked for. */
  get(): Promise<T>;
  /** What is loaded, without loading it. */
  current(): T | undefined;
}

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
