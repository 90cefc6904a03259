import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { splitShell, splitWindows } from '../../src/legacy/command-line.ts';

/** How Node, libuv and most Windows programs quote one argument. */
function quoteWindows(word: string): string {
  if (word !== '' && !/[\s"]/.test(word)) return word;
  return `"${word.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`;
}

test('what Windows programs quote is split into the same words again', () => {
  const word = fc.string({ unit: fc.constantFrom('a', ' ', '"', '\\', '\t', 'é', '-', '='), maxLength: 12 });
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), (words) => {
      assert.deepEqual(splitWindows(words.map(quoteWindows).join(' ')), words);
    }),
  );
});

test('a quoted program with blanks in its path is one word', () => {
  assert.deepEqual(splitWindows(String.raw`"C:\Program Files\nssm\nssm.exe"`), [
    String.raw`C:\Program Files\nssm\nssm.exe`,
  ]);
  assert.deepEqual(splitWindows(String.raw`C:\a\b.exe -f "D:\x y\\" "say ""hi"""`), [
    String.raw`C:\a\b.exe`,
    '-f',
    'D:\\x y\\',
    'say "hi"',
  ]);
});

/** The words that /bin/sh makes of a line, or undefined when it cannot. */
function shWords(line: string): string[] | undefined {
  const script = `set -f; for w in ${line}; do printf '%s\\0' "$w"; done`;
  const { status, stdout } = spawnSync('/bin/sh', ['-c', script], { encoding: 'utf8' });
  return status === 0 ? stdout.split('\0').slice(0, -1) : undefined;
}

test('a line that is split is split as /bin/sh does', {
  skip: process.platform === 'win32' && 'no sh',
}, () => {
  const piece = fc.constantFrom(
    'a',
    "'b c'",
    '"d e"',
    '\\ ',
    ' ',
    '/x/y',
    '--z=1',
    "'",
    '"',
    '\\',
    '$H',
    '|',
    '>',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const line = pieces.join('');
      const words = splitShell(line);
      if (words !== undefined) assert.deepEqual(words, shWords(line), line);
    }),
    { numRuns: 150 },
  );
});

test('a line that a shell would do more with is not split', () => {
  for (const line of ['a | b', 'a > b', 'a $HOME', 'a; b', 'a && b', 'a `b`', 'a *', "a 'b"]) {
    assert.equal(splitShell(line), undefined, line);
  }
});
