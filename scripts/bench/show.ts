import type { Row, Table, Target } from './result.ts';

function number(value: number): string {
  if (!Number.isFinite(value)) return '-';
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function times(ratio: number): string {
  return `${ratio.toFixed(ratio < 0.1 ? 3 : 2)} ×`;
}

function cells({ name, runs, median, min, p90, p99, ratio }: Row): string[] {
  const compared = ratio === undefined ? ['', ''] : [times(ratio.median), times(ratio.min)];
  return [
    name,
    String(runs),
    number(median),
    number(min),
    number(p90),
    number(p99),
    ...compared,
    ratio?.to ?? '',
  ];
}

function targetLine({ what, limit, seen }: Target): string {
  return `${seen <= limit ? 'met   ' : 'MISSED'} ${what}: ${number(seen)}, at most ${number(limit)}`;
}

/** Formats a table for display, names on the left and numbers on the right. */
export function showTable({ title, unit, rows, targets = [], notes = [] }: Table): string {
  const head = ['', 'runs', 'median', 'min', 'p90', 'p99', 'median', 'min', 'of'];
  const all = [head, ...rows.map(cells)];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const left = new Set([0, head.length - 1]);
  const lines = all.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return left.has(column) ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
  return [`${title} (${unit})`, ...lines, ...targets.map(targetLine), ...notes].join('\n  ');
}
