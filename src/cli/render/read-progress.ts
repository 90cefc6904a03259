import type { Clock } from '../../system/clock.ts';
import type { ReadProgress } from '../../system/lines.ts';

const updateMs = 500;
const MB = 1_000_000;

/** How far the reading of a file is, and how long the rest takes at this speed. */
export function progressText(read: number, size: number, elapsedMs: number): string {
  const percent = Math.floor((100 * read) / size);
  const secondsLeft = Math.ceil((elapsedMs * (size - read)) / read / 1_000);
  const left = secondsLeft < 120 ? `${secondsLeft} s` : `${Math.ceil(secondsLeft / 60)} min`;
  return `${percent} % of ${Math.ceil(size / MB)} MB, ${left} left`;
}

/** Shows progress in one line of a terminal, which `write` writes to, at most twice a second. */
export function showReadProgress(clock: Clock, write: (text: string) => void): ReadProgress {
  const start = clock.monotonic();
  let shownAt = start;
  return (read, size) => {
    const now = clock.monotonic();
    if (now - shownAt < updateMs && read < size) return;
    // The first half second has nothing to show.
    if (read === size && shownAt === start) return;
    shownAt = now;
    write(read < size ? `\r\x1b[K${progressText(read, size, now - start)}` : '\r\x1b[K');
  };
}
