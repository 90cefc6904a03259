import assert from 'node:assert/strict';
import { lchown, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import test from 'node:test';
import { argument, directory, executable, listedPath, prose } from '../../../src/platform/systemd/escape.ts';
import { renderUnits } from '../../../src/platform/systemd/render.ts';
import { hostileNames, hostileValues, seed, spellable } from '../../support/hostile.ts';
import { needsUserManager } from '../../support/machine-needs.ts';
import { until } from '../../support/until.ts';
import { type LabUser, withUserManager } from '../../support/user-manager.ts';
import { unitSpec } from './unit-spec.ts';

const skip = needsUserManager;

function batches(values: readonly string[], maxBytes: number): string[][] {
  const all: string[][] = [[]];
  let bytes = 0;
  for (const value of values) {
    bytes += Buffer.byteLength(value) + 1;
    if (bytes > maxBytes) {
      all.push([]);
      bytes = 0;
    }
    all.at(-1)?.push(value);
  }
  return all;
}

const unitsOf = (user: LabUser) => join(user.home, '.config', 'systemd', 'user');

/** Writes units and makes the manager read them. */
async function load(user: LabUser, units: ReadonlyMap<string, string>): Promise<void> {
  for (const [name, content] of units) await user.write(join(unitsOf(user), name), content);
  await user.systemctl('daemon-reload');
}

async function chownTree(path: string, { uid, gid }: LabUser): Promise<void> {
  for (const entry of await readdir(path, { recursive: true })) await lchown(join(path, entry), uid, gid);
  await lchown(path, uid, gid);
}

/** NUL-separated values that a program left in a file. */
async function recorded(path: string): Promise<string[]> {
  return (await readFile(path, 'utf8')).split('\0').slice(0, -1);
}

test('thousands of hostile arguments reach the program as they are (L12)', { skip }, async (t) => {
  t.diagnostic(`MEMORYD_SEED=${seed}`);
  await withUserManager(async (user) => {
    const values = spellable(hostileValues(4000), argument);
    assert.ok(values.length > 2000, `${values.length}`);
    const dump = join(user.home, 'dump.mjs');
    await user.write(
      dump,
      `import { writeFileSync } from 'node:fs';
writeFileSync(process.argv[2], JSON.stringify(process.argv.slice(3)));
process.exit(78);`,
    );
    for (const [index, batch] of batches(values, 400_000).entries()) {
      const out = join(user.home, `out-${index}.json`);
      const spec = unitSpec(user, { argv: [user.node, dump, out, ...batch], port: 20_000 + index });
      const units = renderUnits({ ...spec, service: `a${index}` }, []);
      await load(user, new Map(units.map(({ path, content }) => [basename(path), content])));
      await user.run(['systemctl', '--user', 'start', `memoryd-a${index}.service`]);
      assert.deepEqual(JSON.parse(await readFile(out, 'utf8')), batch);
    }
  });
});

test('programs and directories of hostile names are the ones that run and are run in (L04)', {
  skip,
}, async (t) => {
  t.diagnostic(`MEMORYD_SEED=${seed}`);
  await withUserManager(async (user) => {
    const record = join(user.home, 'record.sh');
    const [programs, directories] = [join(user.home, 'programs'), join(user.home, 'directories')];
    await user.write(record, '#!/bin/sh\nprintf "%s\\0" "$0" >> "$HOME/programs.out"\n', 0o755);
    const names = hostileNames(400);

    const paths = names.map((name, index) => join(programs, String(index), name, 'run'));
    const runnable = spellable(paths, executable);
    assert.ok(runnable.length > 300);
    for (const path of runnable) {
      await mkdir(join(path, '..'), { recursive: true });
      await symlink(record, path);
    }
    const lines = runnable.map((path) => `ExecStart=${executable(path)}`);
    const service = `[Service]\nType=oneshot\n${lines.join('\n')}\n`;

    const places = spellable(
      names.map((name, index) => join(directories, String(index), name)),
      directory,
    );
    assert.ok(places.length > 200);
    const units = new Map([['programs.service', service]]);
    for (const [index, place] of places.entries()) {
      await mkdir(place, { recursive: true });
      units.set(
        `directory-${index}.service`,
        `[Service]\nType=oneshot\nExecStart=/usr/bin/readlink -z /proc/self/cwd\nStandardOutput=append:${user.home}/directories.out\nWorkingDirectory=-${directory(place)}\n`,
      );
    }
    units.set(
      'all.target',
      `[Unit]\nWants=${places.map((_, index) => `directory-${index}.service`).join(' ')}\n`,
    );
    await load(user, units);
    await user.systemctl('start', 'programs.service', 'all.target');
    assert.deepEqual(await recorded(join(user.home, 'programs.out')), runnable);
    const seen = await until('every directory', async () => {
      const all = await recorded(join(user.home, 'directories.out'));
      return all.length >= places.length ? all : undefined;
    });
    assert.deepEqual(seen.sort(), places.sort());
  });
});

test('hostile descriptions are shown as they are, white space folded', { skip }, async (t) => {
  t.diagnostic(`MEMORYD_SEED=${seed}`);
  await withUserManager(async (user) => {
    const values = spellable(
      hostileValues(150).filter((value) => value.length < 500),
      prose,
    );
    assert.ok(values.length > 80);
    const units = values.map((value, index) => [`d${index}.service`, value] as const);
    const unit = (value: string) => `[Unit]\nDescription=${prose(value)}\n[Service]\nExecStart=/bin/true\n`;
    await load(user, new Map(units.map(([name, value]) => [name, unit(value)])));
    const shown = await user.systemctl(
      'show',
      '--value',
      '-p',
      'Description',
      ...units.map(([name]) => name),
    );
    const folded = units.map(([name, value]) => value.replace(/[\s\x01-\x1f\x7f]+/g, ' ').trim() || name);
    assert.deepEqual(shown.trimEnd().split('\n\n'), folded);
  });
});

test('directories of hostile names stay writable in the strict sandbox, and only they', {
  skip,
}, async (t) => {
  t.diagnostic(`MEMORYD_SEED=${seed}`);
  await withUserManager(async (user) => {
    // ProtectSystem=strict leaves /home, /root and /run/user to ProtectHome=: what it closes lies elsewhere.
    const top = await mkdtemp('/var/tmp/memoryd-read-back-');
    try {
      const named = hostileNames(120).map((name, index) => join(top, String(index), name));
      const places = spellable(named, listedPath);
      assert.ok(places.length > 40, `${places.length}`);
      for (const place of places) await mkdir(place, { recursive: true });
      await chownTree(top, user);
      await user.write(join(user.home, 'places.json'), JSON.stringify(places));
      await user.write(
        join(user.home, 'write.mjs'),
        `import { readFileSync, writeFileSync } from 'node:fs';
for (const place of JSON.parse(readFileSync('places.json', 'utf8'))) writeFileSync(place + '/written', '');
try { writeFileSync(${JSON.stringify(top)} + '/not', ''); } catch (error) { writeFileSync('refused', error.code); }`,
      );
      const writable = places.map((place) => `ReadWritePaths=${listedPath(place)}\n`).join('');
      const start = `ExecStart="${user.node}" write.mjs\nWorkingDirectory=${user.home}\n`;
      const sandbox = 'PrivateUsers=yes\nProtectSystem=strict\n';
      await load(user, new Map([['w.service', `[Service]\nType=oneshot\n${sandbox}${writable}${start}`]]));
      await user.systemctl('start', 'w.service');
      for (const place of places) assert.equal((await readFile(join(place, 'written'))).length, 0);
      assert.equal(await readFile(join(user.home, 'refused'), 'utf8'), 'EROFS');
    } finally {
      await rm(top, { recursive: true });
    }
  });
});
