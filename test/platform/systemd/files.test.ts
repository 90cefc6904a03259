import assert from 'node:assert/strict';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { createFixture } from 'fs-fixture';
import { viewFiles } from '../../../src/platform/systemd/files.ts';
import { dropInDirectories, marker, userUnitPath } from '../../../src/platform/systemd/names.ts';
import { type Files, systemFiles } from '../../../src/system/files.ts';

const home = '/home/alice';
const units = `${home}/.config/systemd/user`;
const main = `${units}/memoryd-memory.service`;
const socket = `${units}/memoryd-memory.socket`;
const ours = `${marker('memory')}\n[Unit]\n`;

/** A machine whose whole file system is a temporary directory. */
async function machine(content: Record<string, string>) {
  const fixture = await createFixture();
  const inside = (path: string) => join(fixture.path, path);
  const files: Files = {
    ...systemFiles,
    read: (path) => systemFiles.read(inside(path)),
    inspect: (path) => systemFiles.inspect(inside(path)),
    list: (path) => systemFiles.list(inside(path)),
  };
  const write = async (path: string, text: string) => {
    await mkdir(dirname(inside(path)), { recursive: true });
    await writeFile(inside(path), text);
  };
  const link = async (path: string, target: string) => {
    await mkdir(dirname(inside(path)), { recursive: true });
    await symlink(target, inside(path));
  };
  for (const [path, text] of Object.entries(content)) await write(path, text);
  const view = () => viewFiles(files, 'memory', [main, socket], userUnitPath(units, '/run/user/1000', home));
  return { view, write, link, inside, [Symbol.asyncDispose]: () => fixture.rm() };
}

test('nothing, ours, enabled', async () => {
  await using seen = await machine({});
  assert.deepEqual(await seen.view(), { kind: 'absent' });
  await seen.write(main, ours);
  await seen.write(socket, ours);
  const plain = { kind: 'ours', path: main, missing: false, enabled: 'disabled', dropIns: [] } as const;
  assert.deepEqual(await seen.view(), plain);
  await seen.link(`${units}/default.target.wants/memoryd-memory.service`, main);
  assert.deepEqual(await seen.view(), { ...plain, enabled: 'enabled' });
  await rm(seen.inside(main));
  await rm(seen.inside(socket));
  assert.deepEqual(await seen.view(), { ...plain, enabled: 'enabled', missing: true });
});

test('a file that is not ours, a link, a directory: foreign, and told apart (L11)', async () => {
  for (const path of [main, socket]) {
    await using foreign = await machine({ [path]: '[Service]\nExecStart=/bin/true\n' });
    assert.deepEqual(await foreign.view(), { kind: 'foreign', path, reason: 'not written by memoryd' });
    await using other = await machine({ [path]: `${marker('other')}\n` });
    assert.equal((await other.view()).kind, 'foreign');
    await using linked = await machine({ '/dotfiles/unit': ours });
    await linked.link(path, linked.inside('/dotfiles/unit'));
    const seen = await linked.view();
    assert.match(seen.kind === 'foreign' ? seen.reason : '', /^a link to .*\/dotfiles\/unit$/);
    await using directory = await machine({ [`${path}/x`]: '' });
    assert.deepEqual(await directory.view(), { kind: 'foreign', path, reason: 'not a file' });
  }
});

test('masked by a link to /dev/null or by an empty file', async () => {
  for (const path of [main, socket]) {
    await using linked = await machine({});
    await linked.link(path, '/dev/null');
    const masked = await linked.view();
    assert.equal(masked.kind === 'ours' && masked.enabled, 'masked');
    await using empty = await machine({ [path]: '' });
    const emptied = await empty.view();
    assert.equal(emptied.kind === 'ours' && emptied.enabled, 'masked');
  }
});

test('an unreadable unit is unknown, not absent', async () => {
  const inspect: Files['inspect'] = async (path) =>
    path === main ? { kind: 'unreadable', why: 'EACCES' } : { kind: 'absent' };
  const files: Files = { ...systemFiles, inspect, list: async () => [] };
  assert.deepEqual(await viewFiles(files, 'memory', [main, socket], []), {
    kind: 'unknown',
    reason: `cannot read ${main}: EACCES`,
  });
});

test('drop-ins of every kind and place are found, but for those shipped for all units (L11)', async () => {
  const dropIns = [
    `${units}/memoryd-memory.service.d/a.conf`,
    `${units}/memoryd-.service.d/b.conf`,
    `${units}/service.d/c.conf`,
    `${units}.control/memoryd-memory.service.d/d.conf`,
    '/etc/systemd/user/memoryd-memory.socket.d/e.conf',
    '/run/user/1000/systemd/user.control/memoryd-memory.service.d/f.conf',
    `${home}/.local/share/systemd/user/memoryd-.socket.d/g.conf`,
  ];
  const others = [
    '/usr/lib/systemd/user/service.d/10-timeout-abort.conf',
    `${units}/memoryd-memory.service.d/readme.txt`,
    `${units}/memoryd-other.service.d/x.conf`,
  ];
  await using seen = await machine({
    [main]: ours,
    [socket]: ours,
    ...Object.fromEntries([...dropIns, ...others].map((path) => [path, ''])),
  });
  const view = await seen.view();
  assert.deepEqual(view.kind === 'ours' && [...view.dropIns].sort(), [...dropIns].sort());
});

test('the prefixes of a name have drop-in directories, too', () => {
  assert.deepEqual(dropInDirectories('memoryd-a-b.service'), [
    'memoryd-a-b.service.d',
    'memoryd-a-.service.d',
    'memoryd-.service.d',
    'service.d',
  ]);
});

test('a system unit of that name is foreign when it is enabled or runs, not when it only lies there (L06)', async () => {
  const path = '/etc/systemd/system/memoryd-memory.service';
  await using lying = await machine({ [path]: '[Service]\n' });
  assert.deepEqual(await lying.view(), { kind: 'absent' });
  await lying.link('/etc/systemd/system/multi-user.target.wants/memoryd-memory.service', path);
  assert.deepEqual(await lying.view(), {
    kind: 'foreign',
    path,
    reason: 'a system unit of that name is enabled',
  });
  await using running = await machine({ [main]: ours, '/usr/lib/systemd/system/memoryd-memory.service': '' });
  await running.link('/run/systemd/units/invocation:memoryd-memory.service', '0123');
  const seen = await running.view();
  assert.equal(seen.kind === 'foreign' && seen.reason, 'a system unit of that name is running');
});
