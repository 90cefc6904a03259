// Every command block of the migration guides is run by a test, word for word, or stands here with the reason.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repository } from '../support/lab.ts';

const guides = join(repository, 'docs', 'migrating');

/** Blocks that no test machine of ours can run as they are. */
const notHere: Readonly<Record<string, string>> = {
  docker: 'needs Docker',
  launchd: 'needs macOS',
  'scheduled-tasks': 'needs Windows',
  'windows-services': 'needs Windows',
};

/** The guides and headings with a block of commands. */
function blocks(): string[] {
  return readdirSync(guides).flatMap((file) => {
    const guide = file.replace(/\.md$/, '');
    let heading = '';
    const found = new Set<string>();
    for (const line of readFileSync(join(guides, file), 'utf8').split('\n')) {
      heading = /^#+ (.*)$/.exec(line)?.[1] ?? heading;
      if (line === '```sh') found.add(`${guide}: ${heading}`);
    }
    return [...found];
  });
}

/** What the tests take from the guides. */
function used(): Set<string> {
  const directory = join(repository, 'test');
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const texts = files
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => readFileSync(join(directory, file), 'utf8'));
  const calls = texts.flatMap((text) => [
    ...text.matchAll(/(?:blocksIn|linesIn)\('([\w-]+)', (?:'([^']+)'|"([^"]+)")/g),
  ]);
  return new Set(calls.map(([, guide, single, double]) => `${guide}: ${single ?? double}`));
}

test('every block of commands is run by a test, or says why it cannot be', () => {
  const run = used();
  const missing = blocks().filter(
    (one) => !run.has(one) && notHere[one.split(':')[0] as string] === undefined,
  );
  assert.deepEqual(missing, []);
  assert.ok(blocks().length > 10);
});

test('no guide is excused that a test runs already', () => {
  const guidesRun = new Set([...used()].map((one) => one.split(':')[0]));
  assert.deepEqual(
    Object.keys(notHere).filter((guide) => guidesRun.has(guide)),
    [],
  );
});
