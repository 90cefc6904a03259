import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDefinition, parseDefinition } from '../../src/service/definition.ts';
import { problemLines } from '../../src/service/problem.ts';

const least = { schema: 1, name: 'memory' };
const command = ['server'];

const wrong: [string, object, string][] = [
  ['a number out of range', { port: 80 }, 'port: must be between 1024 and 65535'],
  ['a fraction', { port: 8000.5 }, 'port: must be a whole number'],
  ['a string for a number', { port: '8000' }, 'port: must be a whole number'],
  ['an unknown field', { prot: 8000 }, 'prot: unknown field'],
  ['another schema', { schema: 2 }, 'schema: must be 1'],
  ['a wrong choice', { sandbox: 'full' }, 'sandbox: must be off, default or strict'],
  ['a wrong kind', { command, probe: { kind: 'ftp' } }, 'probe.kind: must be http, mcp, tcp or command'],
  ['an empty list', { command: [] }, 'command: must not be empty'],
  ['a long text', { description: 'x'.repeat(201) }, 'description: must have at most 200 characters'],
  ['a text for a switch', { startAtLogin: 'no' }, 'startAtLogin: must be true or false'],
  ['a text for a list', { command: 'server' }, 'command: must be a list'],
  [
    'a wrong variable name',
    { environment: { 'A-B': '1' } },
    'environment.A-B: must be a variable name: letters, digits and _, no digit first',
  ],
  [
    'a number that must be positive',
    { daemon: { sync: { lockTtlMinutes: 0 } } },
    'daemon.sync.lockTtlMinutes: must be more than 0',
  ],
];

for (const [what, fields, line] of wrong) {
  test(`N36: ${what} is told in our words`, () => {
    const checked = checkDefinition({ ...least, ...fields });
    assert.deepEqual(checked.kind === 'invalid' && problemLines(checked.problems), [line]);
  });
}

test('N36: a missing field and a text that is no JSON are told in our words', () => {
  const { name } = least;
  const missing = checkDefinition({ name });
  assert.deepEqual(missing.kind === 'invalid' && problemLines(missing.problems), ['schema: must be 1']);
  const broken = parseDefinition('{');
  assert.match(
    broken.kind === 'invalid' ? problemLines(broken.problems).join() : '',
    /^not valid JSON: [a-z]/,
  );
});
