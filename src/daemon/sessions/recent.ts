/** A map of the latest entries. */
export interface RecentMap<V> {
  set(key: string, value: V): void;
  get(key: string): V | undefined;
}

/** Makes an empty map that drops its oldest entry when it would have more than `limit`. */
export function createRecentMap<V>(limit: number): RecentMap<V> {
  const entries = new Map<string, V>();
  return {
    set(key, value) {
      entries.set(key, value);
      const [oldest] = entries.keys();
      if (oldest !== undefined && entries.size > limit) entries.delete(oldest);
    },
    get: (key) => entries.get(key),
  };
}
