import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestStore } from '../../support/store.ts';

/** Forms of a word and typing errors, and whether a search finds the text. No other text has any of these words. */
const probes: [kind: string, text: string, query: string, found: boolean][] = [
  ['inflection', 'They are migrating the billing service', 'migrated', true],
  ['inflection', 'They are migrating the billing service', 'migration', true],
  ['inflection', 'The caches were cleared twice', 'cache', true],
  ['inflection', 'He configures each proxy by hand', 'configuring', true],
  ['inflection', 'He configures each proxy by hand', 'proxies', true],
  ['inflection', 'A faster indexer was tried', 'indexing', true],
  ['inflection', 'Nobody trusted the estimate', 'trusting', true],
  // Irregular forms are other words.
  ['inflection', 'Ann bought a bicycle', 'buy', false],
  ['typing error', 'The scheduler skips leap seconds', 'shceduler', true],
  ['typing error', 'The scheduler skips leap seconds', 'scheduller', true],
  ['typing error', 'The scheduler skips leap seconds', 'secnds', true],
  ['typing error', 'Passwords are hashed with argon', 'paswords', true],
  ['typing error', 'Passwords are hashed with argon', 'hashad', true],
  ['typing error', 'Passwords are hashed with argon', 'pass words', true],
  ['typing error', 'Use the breakpoint in the debugger', 'break point', true],
  // Short words are too similar to one another, and one error is the most.
  ['typing error', 'The scheduler skips leap seconds', 'laep', false],
  ['typing error', 'The scheduler skips leap seconds', 'shcedulre', false],
];

for (const [kind, text, query, found] of probes) {
  test(`${kind}: ${query} ${found ? 'finds' : 'does not find'} "${text}"`, async (t) => {
    const { store } = await openTestStore(t);
    const ids = new Map(
      [...new Set(probes.map((probe) => probe[1]))].map((one) => [one, store.add({ content: one }).id]),
    );
    const hits = store.search(query, { filter: {}, limit: 1 });
    assert.equal(hits[0]?.id === ids.get(text), found);
  });
}
