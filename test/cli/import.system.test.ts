// `memoryd import` through the built command line: standard input, a link to a database, and what happens when nothing is taken.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { before, test } from 'node:test';
import { createFixture } from 'fs-fixture';
import { ensureBuilt } from '../../scripts/cli.ts';
import { repository } from '../support/lab.ts';

before(ensureBuilt);

test('import reads standard input and links, and fails with the reason when it took nothing', async (t) => {
  const fixture = await createFixture({ 'page.html': '<html>hello' });
  t.after(() => fixture.rm());
  const at = (name: string) => join(fixture.path, name);
  const memoryd = (args: string[], input = '') => {
    const argv = [join(repository, 'dist', 'memoryd.cjs'), ...args];
    const env = { HOME: fixture.path, USERPROFILE: fixture.path, PATH: process.env.PATH };
    return spawnSync(process.execPath, argv, { input, env, encoding: 'utf8', timeout: 30_000 });
  };
  const page = memoryd(['import', at('page.html')]);
  assert.equal(page.status, 1);
  assert.match(page.stderr, /cannot import .*page\.html: it is an HTML page/);
  const nothing = memoryd(['import', '-']);
  assert.equal(nothing.status, 1);
  assert.match(nothing.stderr, /cannot import standard input: it is empty/);
  assert.equal(memoryd(['import', at('nowhere')]).status, 2);
  assert.deepEqual(readdirSync(fixture.path), ['page.html'], 'nothing was created');

  const piped = memoryd(['import', '-', '--json'], '[{"content":"from a pipe"}]');
  assert.equal(piped.status, 0, piped.stderr);
  const { stored, format } = JSON.parse(piped.stdout) as { stored: number; format: string };
  assert.deepEqual([stored, format], [1, 'json']);
  const db = new DatabaseSync(at('sqlite_vec.db'));
  db.exec('CREATE TABLE memories (content_hash TEXT, content TEXT)');
  db.exec("INSERT INTO memories VALUES ('h', 'from a database')");
  db.close();
  symlinkSync('sqlite_vec.db', at('link.db'));
  assert.equal(memoryd(['import', at('link.db')]).status, 0);
  const exported = memoryd(['export']).stdout;
  for (const content of ['from a pipe', 'from a database']) assert.ok(exported.includes(content), exported);
});
