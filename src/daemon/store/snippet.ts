import type { Term } from './query.ts';
import { words } from './text.ts';
import { stem } from './words/index.ts';

/** The largest length of a snippet, in characters. */
const snippetLength = 300;
/** Characters before the first hit, to show its context. */
const lead = 40;
/** Only this much of a text is searched for the best part. */
const searched = 50_000;

export interface Snippet {
  text: string;
  /** Whether it is the whole text. */
  whole: boolean;
}

interface Hit {
  at: number;
  term: number;
}

function hitsOf(text: string, wanted: readonly Term[]): Hit[] {
  const hits: Hit[] = [];
  const starts = wanted.map(({ words: [first = ''], words: all, prefix }) => {
    const begins = prefix && all.length === 1;
    return { first: begins ? first : stem(first), prefix: begins };
  });
  for (const { 0: run, index } of text.matchAll(/[\p{L}\p{N}\p{M}]+/gu)) {
    for (const word of words(run)) {
      const stemmed = stem(word);
      const term = starts.findIndex(({ first, prefix }) =>
        prefix ? word.startsWith(first) : stemmed === first,
      );
      if (term >= 0) hits.push({ at: index, term });
    }
  }
  return hits;
}

/** The start of the part that holds the most different terms within the length of a snippet. */
function bestStart(hits: readonly Hit[]): number {
  const inside = new Map<number, number>();
  let best = { at: 0, different: 0 };
  let end = 0;
  for (const { at, term } of hits) {
    for (let hit = hits[end]; hit !== undefined && hit.at < at + snippetLength - lead; hit = hits[end]) {
      inside.set(hit.term, (inside.get(hit.term) ?? 0) + 1);
      end += 1;
    }
    if (inside.size > best.different) best = { at, different: inside.size };
    const left = (inside.get(term) ?? 0) - 1;
    if (left > 0) inside.set(term, left);
    else inside.delete(term);
  }
  return best.at;
}

/** Gives the part of a text with the most search terms, cut between words, with `…` where text is left out. */
export function snippetOf(text: string, wanted: readonly Term[]): Snippet {
  if (text.length <= snippetLength) return { text, whole: true };
  const hit = bestStart(hitsOf(text.slice(0, searched), wanted));
  const earliest = Math.max(0, Math.min(hit - lead, text.length - snippetLength));
  const gap = earliest === 0 ? 0 : text.slice(earliest, earliest + lead).search(/\s/);
  const start = earliest + Math.max(0, gap);
  const full = text.slice(start, start + snippetLength);
  const atEnd = start + snippetLength >= text.length;
  const cut = atEnd ? full : full.replace(/(?<=\s)\S{0,30}$/u, '');
  return { text: `${start > 0 ? '…' : ''}${cut.trim()}${atEnd ? '' : '…'}`.toWellFormed(), whole: false };
}
