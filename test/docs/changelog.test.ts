import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { notesOf } from '../../scripts/changelog.ts';
import { repository } from '../support/lab.ts';

const read = (file: string) => readFileSync(join(repository, file), 'utf8');
const changelog = read('CHANGELOG.md');
const { version } = JSON.parse(read('package.json')) as { version: string };

test('the changelog has a dated entry for the version of package.json', () => {
  assert.notEqual(notesOf(changelog, version), undefined, version);
});

test('what comes next has its place at the top', () => {
  assert.equal(/^## .*$/m.exec(changelog)?.[0], '## [Unreleased]');
});

test('every version has a link', () => {
  for (const [, name = ''] of changelog.matchAll(/^## \[([^\]]+)\]/gm)) {
    assert.match(changelog, new RegExp(`^\\[${name.replaceAll('.', '\\.')}\\]: https://`, 'm'));
  }
});

test('the notes of a version end where the next begins, and leave the links out', () => {
  const text = [
    '## [Unreleased]',
    '',
    '- next',
    '',
    '## [1.1.0] - 2026-02-03',
    '',
    '### Added',
    '',
    '- a [thing]',
    '',
    '## [1.0.0] - 2026-01-02',
    '',
    '- first',
    '',
    '[1.0.0]: https://example.com',
    '',
  ].join('\n');
  assert.equal(notesOf(text, '1.1.0'), '### Added\n\n- a [thing]');
  assert.equal(notesOf(text, '1.0.0'), '- first');
  assert.equal(notesOf(text, '1.0'), undefined);
  assert.equal(notesOf('## [1.0.0]\n\n- no date\n', '1.0.0'), undefined);
  assert.equal(notesOf('## [1.0.0] - 2026-01-02\n\n## [0.9.0] - 2026-01-01\n', '1.0.0'), undefined);
});
