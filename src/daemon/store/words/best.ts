/** A memory with its score. */
export interface Ranked {
  seq: number;
  score: number;
}

/** Whether `a` comes before `b`: by the higher score, then by the newer memory. */
function isBetter(a: Ranked, b: Ranked): boolean {
  return a.score > b.score || (a.score === b.score && a.seq > b.seq);
}

/** Collects the best of all offered memories. */
export interface Best {
  /** The lowest score that is still accepted. */
  threshold(): number;
  offer(one: Ranked): void;
  /** Best first. */
  list(): Ranked[];
}

/** Makes a collection of the best `limit` memories: a binary heap with the worst of them on top. */
export function keepBest(limit: number): Best {
  const heap: Ranked[] = [];

  function siftDown(): void {
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let worst = at;
      for (const child of [left, right]) {
        if (child < heap.length && isBetter(heap[worst] as Ranked, heap[child] as Ranked)) worst = child;
      }
      if (worst === at) return;
      [heap[at], heap[worst]] = [heap[worst] as Ranked, heap[at] as Ranked];
      at = worst;
    }
  }

  function siftUp(): void {
    for (let at = heap.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!isBetter(heap[parent] as Ranked, heap[at] as Ranked)) return;
      [heap[at], heap[parent]] = [heap[parent] as Ranked, heap[at] as Ranked];
      at = parent;
    }
  }

  return {
    threshold: () => (heap.length < limit ? 0 : (heap[0] as Ranked).score),
    offer(one) {
      if (heap.length < limit) {
        heap.push(one);
        siftUp();
      } else if (isBetter(one, heap[0] as Ranked)) {
        heap[0] = one;
        siftDown();
      }
    },
    list: () => heap.toSorted((a, b) => (isBetter(a, b) ? -1 : 1)),
  };
}
