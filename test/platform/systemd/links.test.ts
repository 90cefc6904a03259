import assert from 'node:assert/strict';
import { existsSync, lstatSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { createFixture } from 'fs-fixture';
import { removeLinks } from '../../../src/platform/systemd/links.ts';
import { realSystem } from '../../../src/system/system.ts';

const skip = process.platform === 'win32' ? 'Windows has no systemd' : false;

test('N01 the links that start a service are removed, and nothing else', { skip }, async () => {
  await using fixture = await createFixture({});
  const units = join(fixture.path, 'systemd', 'user');
  const system = { ...realSystem(), env: { XDG_CONFIG_HOME: fixture.path } };
  const link = async (directory: string, unit: string) => {
    await mkdir(join(units, directory), { recursive: true });
    await symlink(`../${unit}`, join(units, directory, unit));
  };
  await link('default.target.wants', 'memoryd-memory.service');
  await link('default.target.wants', 'memoryd-notes.service');
  await link('sockets.target.wants', 'memoryd-memory.socket');
  await mkdir(join(units, 'graphical.target.requires'));
  await writeFile(join(units, 'graphical.target.requires', 'memoryd-memory.service'), 'a file of somebody');

  await removeLinks(system, 'memory');
  await removeLinks(system, 'memory');

  assert.ok(lstatSync(join(units, 'default.target.wants', 'memoryd-notes.service')).isSymbolicLink());
  assert.ok(existsSync(join(units, 'graphical.target.requires', 'memoryd-memory.service')));
  assert.equal(existsSync(join(units, 'default.target.wants', 'memoryd-memory.service')), false);
  assert.equal(existsSync(join(units, 'sockets.target.wants')), false, 'an empty directory goes, too');
});
