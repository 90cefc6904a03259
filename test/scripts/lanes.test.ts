// A quick file starts no daemon, host or service manager: it does not import what does.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { test } from 'node:test';
import { findTestFiles, isQuick } from '../../scripts/testing/files.ts';
import { repository } from '../support/lab.ts';

/** What starts them, below test/. */
const starters = [
  'support/user-manager.ts',
  'support/systemd-machine.ts',
  'support/standalone-user.ts',
  'support/external-home.ts',
  'support/killed-cli.ts',
  'simulators/launchd/index.ts',
  'simulators/windows/index.ts',
];

/** The files below test/ that `file` loads, itself included. Types are not loaded. */
function loaded(file: string, seen = new Set<string>()): Set<string> {
  const path = posix.join(repository.replaceAll('\\', '/'), file);
  if (seen.has(file) || !file.startsWith('test/') || !existsSync(path)) return seen;
  seen.add(file);
  const text = readFileSync(path, 'utf8').replaceAll(/^import type [^;]*;/gm, '');
  for (const [, from = ''] of text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)) {
    loaded(posix.join(posix.dirname(file), from), seen);
  }
  return seen;
}

test('quick files load nothing that starts daemons, hosts or managers: those are *.system.test.ts', () => {
  const wrong = findTestFiles(repository, [])
    .filter(isQuick)
    .flatMap((file) => {
      const starter = starters.find((one) => loaded(file).has(`test/${one}`));
      return starter === undefined ? [] : [`${file} loads test/${starter}`];
    });
  assert.deepEqual(wrong, []);
});

test('what starts them is where this test thinks', () => {
  for (const starter of starters) assert.ok(existsSync(posix.join(repository, 'test', starter)), starter);
});
