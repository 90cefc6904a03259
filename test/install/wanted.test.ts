import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wantedDefinition } from '../../src/install/wanted.ts';
import { parseDefinition } from '../../src/service/definition.ts';
import type { DefinitionObservation } from '../../src/service/observation.ts';

const path = '/home/ada/.config/memoryd/services/memory.json';

function seen(fields: object): DefinitionObservation {
  const text = JSON.stringify({ schema: 1, name: 'memory', ...fields });
  const parsed = parseDefinition(text);
  assert.equal(parsed.kind, 'valid', JSON.stringify(parsed));
  return { ...parsed, text } as DefinitionObservation;
}

const kept = (fields: object, changes: object) =>
  JSON.parse(wantedDefinition('memory', seen(fields), { ...changes }, path).text);

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
    const wanted = wantedDefinition('memory', there, changes, path);
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
    [JSON.parse('{"daemon": {"__proto__": {"listen": "0.0.0.0"}}}'), /__proto__|unrecognized/i],
  ] as const) {
    assert.throws(() => wantedDefinition('memory', seen({}), changes, path), {
      kind: 'configuration',
      message: field,
    });
  }
});
