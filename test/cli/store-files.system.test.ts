import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createFixture } from 'fs-fixture';
import { systemExec } from '../../src/system/exec.ts';
import { repository } from '../support/lab.ts';

const entry = join(repository, 'dist', 'memoryd.cjs');

/** A home of its own with 200 imported memories, and the built CLI in it. */
async function homeWithMemories(t: TestContext) {
  const home = await createFixture({});
  t.after(() => home.rm());
  const env = {
    ...{ HOME: home.path, USERPROFILE: home.path, LOCALAPPDATA: home.path, APPDATA: home.path },
    ...{ XDG_CONFIG_HOME: '', XDG_DATA_HOME: '', XDG_STATE_HOME: '' },
  };
  const memoryd = async (...args: string[]) => {
    const result = await systemExec.run([process.execPath, entry, ...args], { env, timeoutMs: 60_000 });
    if (result.kind !== 'exited') throw new Error(JSON.stringify(result));
    return result;
  };
  const lines = Array.from({ length: 200 }, (_, n) => JSON.stringify({ content: `walrus ${n} `.repeat(30) }));
  writeFileSync(home.getPath('memories.jsonl'), lines.join('\n'));
  const imported = await memoryd('import', home.getPath('memories.jsonl'), '--json');
  assert.equal(JSON.parse(imported.stdout).stored, 200, imported.stderr);
  const find = (name: string) => {
    const found = readdirSync(home.path, { recursive: true, encoding: 'utf8' }).find((path) =>
      path.endsWith(name),
    );
    return home.getPath(found ?? 'nothing');
  };
  return { memoryd, find, path: find('memories.db') };
}

test('a backup is restored, and the restore is undone by the command that it names', async (t) => {
  const { memoryd } = await homeWithMemories(t);
  const backup = JSON.parse((await memoryd('backup', '--json')).stdout);
  assert.equal(backup.memories, 200);
  if (process.platform !== 'win32') assert.equal(statSync(backup.backup).mode & 0o777, 0o600);
  const more = join(backup.backup, '..', 'more.jsonl');
  writeFileSync(more, JSON.stringify({ content: 'seal' }));
  await memoryd('import', more);
  const dry = await memoryd('restore', '--dry-run');
  assert.match(dry.stderr, /would restore 200 memories from /);
  const restored = await memoryd('restore');
  assert.equal(restored.code, 0, restored.stderr);
  assert.equal((await memoryd('export')).stdout.trim().split('\n').length, 200);
  const undo = /undo: memoryd (.*)/.exec(restored.stderr)?.[1]?.split(' ') ?? [];
  assert.equal((await memoryd(...undo)).code, 0);
  assert.equal((await memoryd('export')).stdout.trim().split('\n').length, 201);
});

test('of a damaged store the export writes what is left, and a repair makes it whole', async (t) => {
  const { memoryd, path } = await homeWithMemories(t);
  assert.match((await memoryd('repair')).stderr, /nothing to repair/);
  const bytes = readFileSync(path);
  const page = Math.floor(bytes.indexOf('walrus 77 ') / 4096);
  writeFileSync(path, bytes.fill(0, page * 4096, (page + 1) * 4096));
  const exported = await memoryd('export');
  assert.equal(exported.code, 1);
  const left = exported.stdout.trim().split('\n').length;
  assert.ok(left >= 180 && left < 200, `${left} left`);
  assert.match(
    exported.stderr,
    new RegExp(`${left} memories were written, at least ${200 - left} are lost\ntry: memoryd repair`),
  );
  const repaired = JSON.parse((await memoryd('repair', '--json')).stdout);
  assert.deepEqual([repaired.recovered, repaired.lost], [left, 200 - left]);
  assert.equal(statSync(repaired.kept).size, bytes.length);
  const after = await memoryd('export');
  assert.deepEqual([after.code, after.stdout.trim().split('\n').length], [0, left]);
});

test('what there is not cannot be backed up, restored or repaired', async (t) => {
  const { memoryd } = await homeWithMemories(t);
  for (const [args, code, said] of [
    [['backup', 'other'], 1, /"other" has no memories yet/],
    [['repair', 'other'], 1, /"other" has no memories yet/],
    [['restore'], 2, /there is no backup of "memory"/],
    [['restore', '--from', entry], 1, /not a database/],
  ] as const) {
    const result = await memoryd(...args);
    assert.equal(result.code, code, result.stderr);
    assert.match(result.stderr, said);
  }
});
