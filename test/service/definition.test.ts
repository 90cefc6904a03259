import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MemorydError } from '../../src/errors.ts';
import { checkDefinition, definitionJsonSchema, parseDefinition } from '../../src/service/definition.ts';
import { checkName, namePattern } from '../../src/service/name.ts';

const least = { schema: 1, name: 'memory' };

test('the least there is to say is a whole definition', () => {
  const parsed = checkDefinition(least);
  assert.equal(parsed.kind, 'valid');
  assert.equal(parsed.kind === 'valid' && parsed.definition.startAtLogin, true);
});

const wrong: [string, object, string][] = [
  ['an unknown field', { ...least, prot: 8000 }, 'prot'],
  ['a port below 1024', { ...least, port: 80 }, 'port'],
  ['a port above 65535', { ...least, port: 65_536 }, 'port'],
  ['a port as text', { ...least, port: '8000' }, 'port'],
  ['a relative directory', { ...least, dataDir: 'here' }, 'dataDir'],
  ['NUL in an argument', { ...least, command: ['a\0b'] }, 'command.0'],
  ['an empty command', { ...least, command: [] }, 'command'],
  ['a variable name with =', { ...least, environment: { 'A=B': 'x' } }, 'environment.A=B'],
  ['another schema', { ...least, schema: 2 }, 'schema'],
  ['a name that climbs', { ...least, name: '../up' }, 'name'],
  ['an unknown backend', { ...least, backend: 'cron' }, 'backend'],
];

for (const [what, value, path] of wrong) {
  test(`${what} is refused with the path of the field`, () => {
    const parsed = checkDefinition(value);
    assert.equal(parsed.kind, 'invalid');
    assert.equal(parsed.kind === 'invalid' && parsed.problems[0]?.path, path);
  });
}

test('any text is an answer, never a crash', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      assert.ok(['valid', 'invalid'].includes(parseDefinition(text).kind));
    }),
  );
});

test('the JSON schema names every field and closes the object', () => {
  const schema = definitionJsonSchema() as { properties: object; additionalProperties: boolean };
  assert.ok('port' in schema.properties && 'daemon' in schema.properties);
  assert.equal(schema.additionalProperties, false);
});

test('a service name is safe in a file name, a label, a unit and a pipe, or refused with exit 78', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ maxLength: 40 }), fc.stringMatching(namePattern)), (name) => {
      if (/^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/.test(name)) assert.equal(checkName(name), name);
      else
        assert.throws(
          () => checkName(name),
          (error) => error instanceof MemorydError && error.exitCode === 78,
        );
    }),
  );
});
