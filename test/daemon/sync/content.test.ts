import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseContent } from '../../../src/daemon/sync/content.ts';

const text = fc.string({ unit: 'binary' }).filter((value) => value.isWellFormed());
const types = fc.constantFrom(
  undefined,
  'application/json',
  'text/plain;charset=UTF-8',
  'application/x-www-form-urlencoded',
);

function stored(body: string | Uint8Array, type?: string): string | undefined {
  const content = parseContent(Buffer.from(body as string), type);
  return content.kind === 'content' ? content.bytes.toString('utf8') : undefined;
}

test('the wrapper gives back every text, the empty one included', () => {
  fc.assert(
    fc.property(text, types, (value, type) => {
      assert.equal(stored(JSON.stringify({ content: value }), type), value);
    }),
    { numRuns: 3000 },
  );
});

test('every JSON value that is not the wrapper is the file itself', () => {
  fc.assert(
    fc.property(fc.json(), types, (json, type) => {
      const value: unknown = JSON.parse(json);
      const keys =
        typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
      fc.pre(keys.join() !== 'content');
      assert.equal(stored(json, type), json);
    }),
    { numRuns: 3000 },
  );
});

test('octet-stream is never looked into', () => {
  fc.assert(
    fc.property(text, (value) => {
      fc.pre(value !== '');
      assert.equal(stored(value, 'application/octet-stream'), value);
    }),
  );
});

test('an empty file comes from the wrapper alone, whatever the bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.option(types, { nil: undefined }), (bytes, type) => {
      if (stored(bytes, type) === '') assert.equal(JSON.parse(Buffer.from(bytes).toString()).content, '');
      const content = parseContent(Buffer.from(bytes), type);
      if (content.kind === 'content' && content.bytes.length > 0) assert.notEqual(bytes.length, 0);
    }),
    { numRuns: 3000 },
  );
  assert.equal(parseContent(Buffer.alloc(0), undefined).kind, 'refused');
  assert.equal(parseContent(Buffer.alloc(0), 'application/octet-stream').kind, 'refused');
});

test('what could not be given back unchanged is refused', () => {
  for (const body of [
    Buffer.from([0xff, 0xfe, 0x41]),
    Buffer.from([0xe0, 0xa4]),
    Buffer.from('{"content":"\\udc00"}'),
  ]) {
    assert.equal(parseContent(body, 'application/json').kind, 'refused');
  }
  assert.equal(stored('\uFEFF{"a":1}'), '\uFEFF{"a":1}', 'a byte order mark is kept');
  assert.equal(stored('\uFEFF{"content":"x"}'), 'x', 'but hides no wrapper');
});
