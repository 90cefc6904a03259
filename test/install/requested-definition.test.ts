import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemorydError } from '../../src/errors.ts';
import { requestedDefinition } from '../../src/install/requested-definition.ts';
import { parseDefinition } from '../../src/service/definition.ts';
import type { DefinitionObservation } from '../../src/service/observation.ts';
import { editHint } from '../../src/service/shell-line.ts';

const path = '/home/ada/.config/memoryd/services/memory.json';

function seen(fields: object): DefinitionObservation {
  const text = JSON.stringify({ schema: 1, name: 'memory', ...fields });
  const parsed = parseDefinition(text);
  assert.equal(parsed.kind, 'valid', JSON.stringify(parsed));
  return { ...parsed, text } as DefinitionObservation;
}

const kept = (fields: object, changes: object) =>
  JSON.parse(requestedDefinition(seen(fields), { name: 'memory', changes: { ...changes } }, path).text);

test('what the command line says about the daemon is merged into what is there, however deep', () => {
  const daemon = { allowedHosts: ['box'], sessions: { maxSessions: 5, rateLimit: 3 } };
  const changes = { daemon: { listen: '::1', sessions: { maxSessions: 7 } } };
  assert.deepEqual(kept({ daemon }, changes).daemon, {
    allowedHosts: ['box'],
    sessions: { maxSessions: 7, rateLimit: 3 },
    listen: '::1',
  });
  assert.deepEqual(kept({}, changes).daemon, changes.daemon);
});

test('nothing said, or what is there already, keeps the file to the byte', () => {
  const text = '{ "schema": 1, "name":"memory",\n "daemon": {"sessions": {"maxSessions": 5}} }';
  const parsed = parseDefinition(text);
  const there = { ...parsed, text } as DefinitionObservation;
  for (const changes of [
    {},
    { port: undefined, daemon: undefined },
    { daemon: { sessions: { maxSessions: 5 } } },
    { daemon: { listen: undefined, sessions: { rateLimit: undefined } } },
  ]) {
    const wanted = requestedDefinition(there, { name: 'memory', changes }, path);
    assert.equal(wanted.text, text, JSON.stringify(changes));
    assert.equal(wanted.definition.daemon.sessions.maxSessions, 5);
  }
});

test('lists and values of a kind are replaced, not mixed', () => {
  const command = ['daemon', '--port', '{port}'];
  const probe = { kind: 'http', path: '/health' };
  assert.deepEqual(kept({ command, probe }, { command: ['other', '{port}'], probe: { kind: 'tcp' } }), {
    schema: 1,
    name: 'memory',
    command: ['other', '{port}'],
    probe: { kind: 'tcp' },
  });
});

test('a merge that makes the definition invalid is refused with the path of the field', () => {
  for (const [changes, field] of [
    [{ daemon: { listen: '0.0.0.0' } }, /daemon\.listen: .*apiKeys/],
    [{ daemon: { sessions: { maxSessions: -1 } } }, /daemon\.sessions\.maxSessions/],
    [JSON.parse('{"daemon": {"__proto__": {"listen": "0.0.0.0"}}}'), /__proto__: unknown field/],
  ] as const) {
    assert.throws(() => requestedDefinition(seen({}), { name: 'memory', changes }, path), {
      kind: 'configuration',
      message: field,
    });
  }
});

const refusal = (there: DefinitionObservation, changes: object, flags?: Record<string, string>) => {
  try {
    requestedDefinition(there, { name: 'memory', changes: { ...changes }, flags }, path);
  } catch (error) {
    if (error instanceof MemorydError) return { kind: error.kind, message: error.message, hint: error.hint };
    throw error;
  }
  return assert.fail('it was accepted');
};

test('N36: a wrong value of a flag blames the flag, with no hint of a file that may not exist', () => {
  const flags = { port: '--port', 'daemon.listen': '--listen' };
  const blamed = { kind: 'usage', message: '--port: must be between 1024 and 65535', hint: undefined };
  assert.deepEqual(refusal({ kind: 'absent' }, { port: 80 }, flags), blamed);
  assert.deepEqual(refusal(seen({}), { port: 80 }, flags), blamed);
});

test('N36: a field that no flag sets blames the definition, and the hint names a file that is there', () => {
  const message = 'the definition is not valid: port: must be between 1024 and 65535; prot: unknown field';
  const changes = { port: 80, prot: 1 };
  const flags = { port: '--port' };
  assert.deepEqual(refusal({ kind: 'absent' }, changes, flags), {
    kind: 'configuration',
    message,
    hint: undefined,
  });
  assert.deepEqual(refusal(seen({}), changes, flags), {
    kind: 'configuration',
    message,
    hint: editHint(path),
  });
});
