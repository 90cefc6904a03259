// Generated memories. They are always the same. Word frequencies follow Zipf's law, as in real text.

/** A memory before it is stored. */
export interface CorpusMemory {
  title: string;
  content: string;
  tags: string[];
  project: string;
}

/** Returns a repeatable generator of numbers in [0, 1). (mulberry32) */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const common =
  'the of and to in a is that for it on with as was be by this are from at or an have not we they but which you one had can what when how where who will about if there so use into only other do new some then after also should all were decided because now'.split(
    ' ',
  );
const consonants = 'bcdfghjklmnprstvwz';
const vowels = 'aeiou';

/** The n-th generated word. All words differ. */
function inventWord(n: number): string {
  let word = '';
  for (let rest = n + 400; rest > 0; rest = Math.floor(rest / 90)) {
    const syllable = rest % 90;
    word += `${consonants[syllable % 18]}${vowels[Math.floor(syllable / 18)]}`;
  }
  return word;
}

export interface Corpus {
  /** All words, the most frequent first. */
  readonly vocabulary: readonly string[];
  /** The n-th memory, 12 to 108 words long. */
  memory(n: number): CorpusMemory;
  /** A question of `length` words from one memory, including common words, as people ask. */
  question(n: number, length: number): string;
  /** A word that occurs in few memories. */
  rareWord(n: number): string;
}

/** Creates a corpus over `vocabularySize` words. The same seed gives the same corpus. */
export function createCorpus(seed = 1, vocabularySize = 120_000): Corpus {
  const vocabulary = [
    ...common,
    ...Array.from({ length: vocabularySize - common.length }, (_, n) => inventWord(n)),
  ];
  const cumulative = new Float64Array(vocabularySize);
  let sum = 0;
  for (let rank = 0; rank < vocabularySize; rank += 1) {
    sum += 1 / (rank + 2.7);
    cumulative[rank] = sum;
  }

  function word(random: () => number): string {
    const target = random() * sum;
    let low = 0;
    let high = vocabularySize - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulative[middle] as number) < target) low = middle + 1;
      else high = middle;
    }
    return vocabulary[low] as string;
  }

  function memory(n: number): CorpusMemory {
    const random = randomFrom(seed * 1_000_003 + n);
    const take = (count: number) => Array.from({ length: count }, () => word(random));
    return {
      title: take(3 + Math.floor(random() * 5)).join(' '),
      content: `${take(12 + Math.floor(random() * random() * 192)).join(' ')}.`,
      tags: [`topic-${Math.floor(random() * 50)}`],
      project: `project-${Math.floor(random() * 20)}`,
    };
  }

  return {
    vocabulary,
    memory,
    question(n, length) {
      const random = randomFrom(seed * 7_919 + n);
      const words = memory(Math.floor(random() * 10_000))
        .content.slice(0, -1)
        .split(' ');
      const asked = new Set<string>();
      while (asked.size < length) {
        asked.add(
          asked.size < length - 2 ? (words[Math.floor(random() * words.length)] as string) : word(random),
        );
        if (asked.size >= new Set(words).size) asked.add(word(random));
      }
      return [...asked].join(' ');
    },
    rareWord: (n) => vocabulary[20_000 + ((n * 7_919) % 60_000)] as string,
  };
}
