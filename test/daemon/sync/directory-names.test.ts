import assert from 'node:assert/strict';
import { isAbsolute, join, relative, resolve, win32 } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { directoryNames } from '../../../src/daemon/sync/directory-names.ts';
import { projectIdProblem } from '../../../src/service/sync-protocol.ts';

const awkward = fc.constantFrom(
  'a/b',
  'a_b',
  'a%2Fb',
  'A/b',
  'a\\b',
  'Foo',
  'foo',
  '%',
  '...',
  'CON',
  'con',
  'nul',
  'COM1',
  '-home-me-x',
  'é',
  'e\u0301',
  '😀',
  ' ',
  '~',
  'C:',
  'C:\\x',
  '/etc',
  'a/../../b',
  '.lock.json',
);
const anyId = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.string({ unit: 'binary', maxLength: 60 }).filter((id) => id.isWellFormed()),
  fc.string({ unit: fc.constantFrom('a', 'A', '_', '/', '%', '.', '2', 'F'), maxLength: 8 }),
  awkward,
);
const ids = anyId.filter((id) => projectIdProblem(id) === undefined);

test('an id of the old server’s alphabet is its own directory, any other has the old name as the shared one', () => {
  assert.equal(directoryNames('-home-me-Projects-demo').own[0], '-home-me-Projects-demo');
  assert.equal(directoryNames('-home-me-Projects-demo').shared, undefined);
  assert.equal(directoryNames('a/b').own[0], 'a%2Fb');
  assert.equal(directoryNames('a/b').shared, 'a_b');
  assert.equal(directoryNames('my.project').shared, 'my_project');
  assert.equal(directoryNames('😀').shared, '__', 'the old server replaced UTF-16 units');
});

test('`.`, `..`, NUL and other control characters are no project ids', () => {
  for (const id of ['', '.', '..', '\0', 'a\0b', 'a\nb', '\u007f'])
    assert.ok(projectIdProblem(id), JSON.stringify(id));
  for (const id of ['...', 'a/../b', 'é', 'C:\\x']) assert.equal(projectIdProblem(id), undefined, id);
});

test('two ids never have a directory name in common, also where case does not count', () => {
  const fold = (names: readonly string[]) => names.map((name) => name.toLowerCase());
  fc.assert(
    fc.property(ids, ids, (one, other) => {
      fc.pre(one !== other);
      const a = directoryNames(one).own;
      const b = directoryNames(other).own;
      assert.equal(
        a.some((name) => b.includes(name)),
        false,
      );
      // The first may differ by case alone; the ones it gives way to may not.
      const shared = fold(a.slice(1)).filter((name) => fold(b).includes(name));
      assert.deepEqual(shared, []);
    }),
    { numRuns: 5000 },
  );
});

test('every directory name is one safe component on every system', () => {
  fc.assert(
    fc.property(ids, (id) => {
      const { own, shared } = directoryNames(id);
      for (const name of own) {
        assert.match(name, /^[A-Za-z0-9_%-]{1,200}$/);
        assert.doesNotMatch(name, /^(con|prn|aux|nul|com\d|lpt\d)$/i);
      }
      for (const name of shared === undefined ? own : [...own, shared]) {
        assert.equal(relative('/root', resolve('/root', name)), name);
        assert.equal(isAbsolute(name) || win32.isAbsolute(name), false);
        assert.equal(join('/root', name), `/root/${name}`);
      }
    }),
    { numRuns: 5000 },
  );
});
