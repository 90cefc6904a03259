import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WaitingClients } from '../../src/bridge/waiting-clients.ts';

const sampling = { method: 'sampling/createMessage' };

function waiting(client: object, capabilities: object, answer = 'answered') {
  return { client, capabilities, ask: async () => ({ answer }) };
}

test('N42: a request of the server goes to the only client that waits and can answer it', async () => {
  const clients = new WaitingClients();
  const [one, other] = [{}, {}];
  clients.add(waiting(one, { sampling: {} }, 'first'));
  clients.add(waiting(one, { sampling: {} }, 'second'));
  clients.add(waiting(other, { roots: {} }));
  assert.deepEqual(await clients.ask(sampling), { answer: 'second' });
  assert.deepEqual(await clients.ask({ method: 'roots/list' }), { answer: 'answered' });
});

test('N42: with no such client, with several, or for an unknown request the server gets an error', async () => {
  const clients = new WaitingClients();
  await assert.rejects(clients.ask(sampling), /no waiting client supports sampling/);
  const remove = clients.add(waiting({}, { sampling: {} }));
  clients.add(waiting({}, { sampling: {} }));
  await assert.rejects(clients.ask(sampling), /several clients wait/);
  await assert.rejects(clients.ask({ method: 'toString' }), /no waiting client supports toString/);
  remove();
  assert.deepEqual(await clients.ask(sampling), { answer: 'answered' });
});
