const ranks = [5, 10, 20];

/** How many results are asked for. */
export const asked = 20;

/** Recall and mean reciprocal rank over the questions so far. */
export class Score {
  readonly times: number[] = [];
  readonly #recall = new Map(ranks.map((most) => [most, 0]));
  #reciprocal = 0;

  async ask(evidence: ReadonlySet<string>, search: () => string[] | Promise<string[]>): Promise<void> {
    const started = performance.now();
    const found = await search();
    this.times.push(performance.now() - started);
    for (const [most, sum] of this.#recall) {
      const hits = found.slice(0, most).filter((id) => evidence.has(id)).length;
      this.#recall.set(most, sum + hits / evidence.size);
    }
    const first = found.findIndex((id) => evidence.has(id));
    if (first >= 0) this.#reciprocal += 1 / (first + 1);
  }

  note(name: string): string {
    const percent = (sum: number) => ((100 * sum) / this.times.length).toFixed(1);
    const shares = [...this.#recall].map(([most, sum]) => `recall@${most} ${percent(sum)}`);
    return `${name}: ${shares.join(', ')}, MRR ${percent(this.#reciprocal)} (${this.times.length} questions)`;
  }
}
