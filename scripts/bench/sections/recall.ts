import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStore, type Store } from '../../../src/daemon/store/index.ts';
import { words } from '../../../src/daemon/store/text.ts';
import { systemClock } from '../../../src/system/clock.ts';
import type { Section, Table } from '../result.ts';
import { compared, rowOf } from '../statistics.ts';
import { PlainFts } from '../store/plain-fts.ts';

// The license of the data only allows measuring, so it is beside the checkout and not in it.
const data = join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'data');

interface Conversation {
  conversation: string | number;
  turns: { id: string; speaker: string; text: string }[];
  questions: { question: string; evidence: string[] }[];
}

interface Probe {
  text: string;
  query: string;
}

function conversations(): Conversation[] {
  const lines = readFileSync(join(data, 'locomo', 'dev.jsonl'), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as Conversation);
}

/** Recall and mean reciprocal rank over the questions so far. */
class Score {
  readonly times: number[] = [];
  readonly #recall = new Map([5, 10, 20].map((most) => [most, 0]));
  #reciprocal = 0;

  ask(evidence: ReadonlySet<string>, search: () => string[]): void {
    const started = performance.now();
    const found = search();
    this.times.push(performance.now() - started);
    for (const [most, sum] of this.#recall) {
      const hits = found.slice(0, most).filter((id) => evidence.has(id)).length;
      this.#recall.set(most, sum + hits / evidence.size);
    }
    const first = found.findIndex((id) => evidence.has(id));
    if (first >= 0) this.#reciprocal += 1 / (first + 1);
  }

  share(most: number): number {
    return (100 * (this.#recall.get(most) ?? 0)) / this.times.length;
  }

  get mrr(): number {
    return (100 * this.#reciprocal) / this.times.length;
  }

  note(name: string): string {
    const shares = [5, 10, 20].map((most) => `recall@${most} ${this.share(most).toFixed(1)}`);
    return `${name}: ${shares.join(', ')}, MRR ${this.mrr.toFixed(1)} (${this.times.length} questions)`;
  }
}

/**
 * All answer each question in turn, after all memories are stored. One store knows only what was said, the other also
 * that the turns of a conversation belong together.
 */
async function measureConversations(directory: string): Promise<Table> {
  const alone = createStore(join(directory, 'alone'), systemClock, () => undefined);
  const threaded = createStore(join(directory, 'threaded'), systemClock, () => undefined);
  const plains: PlainFts[] = [];
  const ours = new Score();
  const together = new Score();
  const before = new Score();
  try {
    const all = conversations().map(({ turns, questions }, number) => {
      const project = `conversation-${number}`;
      const plain = new PlainFts(join(directory, project));
      plains.push(plain);
      const texts = turns.map(({ id, speaker, text }) => ({
        ...{ id: `${project}/${id}`, content: `${speaker}: ${text}` },
        ...{ title: null, tags: [], project },
      }));
      alone.import(texts);
      threaded.import(texts.map((text) => ({ ...text, thread: project })));
      plain.import(
        0,
        texts.map((text) => ({ ...text, title: '' })),
      );
      const asked = questions.filter(({ evidence }) => evidence.length > 0);
      return { project, plain, texts, asked };
    });
    await alone.settle();
    await threaded.settle();
    for (const { project, plain, texts, asked } of all) {
      for (const { question, evidence } of asked) {
        const wanted = new Set(evidence.map((id) => `${project}/${id}`));
        const typed = words(question).join(' ');
        before.ask(wanted, () => plain.search(typed, 20).map((n) => texts[n]?.id ?? ''));
        const find = (store: Store) => () =>
          store.search(question, { filter: { project }, limit: 20 }).map(({ id }) => id);
        ours.ask(wanted, find(alone));
        together.ask(wanted, find(threaded));
      }
    }
  } finally {
    alone.close();
    threaded.close();
    for (const plain of plains) plain.close();
  }
  const base = rowOf('a question, plain FTS5', before.times);
  return {
    title: 'LoCoMo, half of it: is the evidence among the first?',
    unit: 'ms',
    rows: [
      compared(rowOf('a question', ours.times), [base], base.name),
      compared(rowOf('a question, with threads', together.times), [base], base.name),
      base,
    ],
    notes: [ours.note('memoryd'), together.note('memoryd, with threads'), before.note('plain FTS5')],
  };
}

function measureProbes(directory: string): Table {
  const probes = JSON.parse(readFileSync(join(data, 'language-probes.json'), 'utf8')) as Probe[];
  const store = createStore(join(directory, 'probes'), systemClock, () => undefined);
  const times: number[] = [];
  try {
    const texts = [...new Set(probes.map(({ text }) => text))];
    const ids = new Map(texts.map((content) => [content, store.add({ content }).id]));
    const found = probes.filter(({ text, query }) => {
      const started = performance.now();
      const answer = store.search(query, { filter: {}, limit: 10 });
      times.push(performance.now() - started);
      return answer.some(({ id }) => id === ids.get(text));
    });
    const notes = [`${found.length} of ${probes.length} find their text among the first ten`];
    return {
      title: 'Words as people write them, by language',
      unit: 'ms',
      rows: [rowOf('a probe', times)],
      notes,
    };
  } finally {
    store.close();
  }
}

export const recall: Section = {
  name: 'recall',
  about: 'what questions find, beside plain FTS5; needs the data sets in ../shared/data',
  async run() {
    if (!existsSync(data)) throw new Error(`there is no ${data}`);
    const directory = await mkdtemp(join(tmpdir(), 'memoryd-recall-'));
    try {
      return [await measureConversations(directory), measureProbes(directory)];
    } finally {
      await rm(directory, { recursive: true });
    }
  },
};
