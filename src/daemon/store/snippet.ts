import type { Term } from './query.ts';
import { words } from './text.ts';
import { stem } from './words/index.ts';

/** Most characters of a snippet. */
const snippetLength = 300;
/** Words before the first hit that say what it is about. */
const lead = 40;
/** A longer text is searched for the best place only this far. */
const searched = 50_000;

export interface Snippet {
  text: string;
  /** Whether that is the whole text. */
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

/** Where the stretch begins that holds most different terms within a snippet's length. */
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

/** The part of a text that shows most of what was asked for, cut between words, `…` where something is left out. */
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
