import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Agreed, compare } from '../../src/sync/compare.ts';

const t = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const local = (sha256: string, second: number) => ({ sha256, mtimeMs: Date.parse(t(second)) });
const server = (second: number, size = 1) => ({ name: 'log.jsonl', size, mtime: t(second) }) as const;
const agreed = (sha256: string, second: number): Agreed => ({ sha256, size: 1, mtime: t(second) });

test('what was agreed decides who changed, whatever the clocks say', () => {
  const rows = [
    ['nothing anywhere', undefined, undefined, undefined, { kind: 'absent' }],
    ['only there', undefined, server(1), undefined, { kind: 'server-newer', conflict: false }],
    ['only here', local('a', 1), undefined, undefined, { kind: 'local-newer', conflict: false }],
    ['gone there', local('a', 1), undefined, agreed('a', 1), { kind: 'local-newer', conflict: false }],
    ['gone here', undefined, server(1), agreed('a', 1), { kind: 'server-newer', conflict: false }],
    ['neither changed', local('a', 9), server(1), agreed('a', 1), { kind: 'same' }],
    [
      'changed here, clock behind',
      local('b', 0),
      server(5),
      agreed('a', 5),
      { kind: 'local-newer', conflict: false },
    ],
    [
      'changed there, our clock ahead',
      local('a', 99),
      server(6),
      agreed('a', 5),
      { kind: 'server-newer', conflict: false },
    ],
    [
      'changed there within a millisecond',
      local('a', 1),
      server(5, 2),
      agreed('a', 5),
      { kind: 'server-newer', conflict: false },
    ],
    [
      'both, theirs later',
      local('b', 6),
      server(7),
      agreed('a', 5),
      { kind: 'server-newer', conflict: true },
    ],
    ['both, ours later', local('b', 8), server(7), agreed('a', 5), { kind: 'local-newer', conflict: true }],
    [
      'never met, theirs later',
      local('a', 1),
      server(2),
      undefined,
      { kind: 'server-newer', conflict: true },
    ],
    ['never met, ours later', local('a', 2), server(1), undefined, { kind: 'local-newer', conflict: true }],
  ] as const;
  for (const [what, here, there, before, expected] of rows)
    assert.deepEqual(compare(here, there, before), expected, what);
});

test('a side that would be overwritten unseen is always called a conflict', () => {
  const second = fc.integer({ min: 0, max: 3 });
  const content = fc.constantFrom('a', 'b', 'c');
  fc.assert(
    fc.property(
      content,
      second,
      second,
      fc.option(fc.tuple(content, second), { nil: undefined }),
      (sha, here, there, before) => {
        const known = before && agreed(...before);
        const difference = compare(local(sha, here), server(there), known);
        if (difference.kind === 'server-newer' && sha !== known?.sha256) assert.ok(difference.conflict);
        if (difference.kind === 'local-newer' && t(there) !== known?.mtime) assert.ok(difference.conflict);
        if (difference.kind === 'same') assert.ok(sha === known?.sha256 && t(there) === known.mtime);
      },
    ),
    { numRuns: 2000 },
  );
});
