import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patientFetch } from '../../src/bridge/patient-fetch.ts';
import { holdClock } from '../support/held-clock.ts';
import { until } from '../support/until.ts';

function refusal(seconds: string): Response {
  return new Response('{}', { status: 429, headers: { 'retry-after': seconds } });
}

/** A patient fetch that is given `responses` in order. */
function setUp(responses: Response[]) {
  const clock = holdClock();
  const closing = new AbortController();
  const given: Response[] = [];
  const fetch = patientFetch(
    async () => {
      const response = responses[given.length] ?? assert.fail('asked too often');
      given.push(response);
      return response;
    },
    clock,
    closing.signal,
  );
  return { clock, closing, given, fetch };
}

test('N41: a request that is refused for now is sent again after Retry-After', async () => {
  const { clock, given, fetch } = setUp([refusal('7'), refusal('2'), new Response('fine')]);
  const answer = fetch('http://127.0.0.1/mcp');
  for (const seconds of [7, 2]) {
    await until('it waits', () => clock.waiting() === 1);
    const before = given.length;
    clock.advance(seconds * 1_000 - 1);
    assert.equal(given.length, before);
    clock.advance(1);
  }
  assert.equal(await (await answer).text(), 'fine');
});

test('a refusal without a time, with a date, or for longer than two minutes is the answer', async () => {
  for (const response of [
    new Response('', { status: 429 }),
    refusal('Wed, 21 Oct 2026 07:28:00 GMT'),
    refusal('121'),
  ]) {
    const { fetch } = setUp([response]);
    assert.equal(await fetch('http://127.0.0.1/mcp'), response);
  }
});

test('refusals in all for longer than two minutes end the wait', async () => {
  const { clock, given, fetch } = setUp([refusal('100'), refusal('100')]);
  const answer = fetch('http://127.0.0.1/mcp');
  await until('it waits', () => clock.waiting() === 1);
  clock.advance(100_000);
  assert.equal((await answer).status, 429);
  assert.equal(given.length, 2);
});

test('the end of the bridge, or of the request, ends the wait', async () => {
  for (const own of [true, false]) {
    const { clock, closing, fetch } = setUp([refusal('60')]);
    const given = new AbortController();
    const answer = fetch('http://127.0.0.1/mcp', { signal: given.signal });
    await until('it waits', () => clock.waiting() === 1);
    (own ? given : closing).abort();
    await assert.rejects(answer, { name: 'AbortError' });
  }
});
