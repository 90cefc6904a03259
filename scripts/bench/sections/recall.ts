import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStore } from '../../../src/daemon/store/index.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { Score } from '../recall/score.ts';
import { fts5, memoryd, type System, serverMemory } from '../recall/systems.ts';
import type { Row, Section, Table } from '../result.ts';
import { compared, rowOf } from '../statistics.ts';

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

/** All systems answer each question in turn, after all turns are stored. */
async function measureConversations(directory: string): Promise<Table> {
  const base = fts5(join(directory, 'plain'), 'unicode61');
  const systems: System[] = [
    memoryd(join(directory, 'alone'), false),
    memoryd(join(directory, 'threads'), true),
    base,
    fts5(join(directory, 'porter'), 'porter'),
    serverMemory(join(directory, 'whole'), 'whole question'),
    serverMemory(join(directory, 'words'), 'word by word'),
  ];
  const scores = new Map(systems.map((system) => [system, new Score()]));
  try {
    const all = conversations().map(({ turns, questions }, number) => {
      const name = `conversation-${number}`;
      const idOf = (turn: string) => `${name}/${turn}`;
      const texts = turns.map(({ id, speaker, text }) => ({ id: idOf(id), content: `${speaker}: ${text}` }));
      return { name, idOf, texts, questions: questions.filter(({ evidence }) => evidence.length > 0) };
    });
    for (const system of systems) {
      for (const { name, texts } of all) await system.store(name, texts);
      await system.settle();
    }
    for (const { name, idOf, questions } of all) {
      for (const { question, evidence } of questions) {
        const wanted = new Set(evidence.map(idOf));
        for (const [system, score] of scores) await score.ask(wanted, () => system.find(name, question));
      }
    }
  } finally {
    for (const system of systems) await system.close();
  }
  const rows = [...scores].map(([{ name }, { times }]) => rowOf(`a question, ${name}`, times));
  const compareTo = rows[systems.indexOf(base)] as Row;
  return {
    title: 'LoCoMo, half of it: is the evidence among the first?',
    unit: 'ms',
    rows: rows.map((row) => (row === compareTo ? row : compared(row, [compareTo], compareTo.name))),
    notes: [...scores].map(([{ name }, score]) => score.note(name)),
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
  about: 'what questions find, beside FTS5 and server-memory; needs the data sets in ../shared/data',
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
