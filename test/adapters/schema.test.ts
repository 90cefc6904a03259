import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createFixture } from 'fs-fixture';
import { allAdapters, findAdapter, loadAdapter } from '../../src/adapters/load.ts';
import { findPlaces } from '../../src/adapters/places.ts';
import { adapterJsonSchema, parseAdapter } from '../../src/adapters/schema.ts';
import { byVersion } from '../../src/adapters/version-order.ts';
import { systemFiles } from '../../src/system/files.ts';
import { plain as good } from './plain.ts';

const bundled = join(import.meta.dirname, '..', '..', 'templates', 'adapters');
const files = readdirSync(bundled);

function problemsOf(value: unknown): string[] {
  const parsed = parseAdapter(JSON.stringify(value), 'mine');
  return parsed.kind === 'invalid' ? parsed.problems.map(({ path }) => path) : [];
}

describe('the adapters that come with memoryd', () => {
  it('are the ten known daemons, graphiti twice', () => {
    assert.equal(
      files.length,
      11,
      'another adapter? raise the number here, and add its row to docs/adapters.md',
    );
  });

  for (const file of files) {
    it(`${file} is valid`, () => {
      const parsed = parseAdapter(readFileSync(join(bundled, file), 'utf8'), basename(file, '.json'));
      assert.equal(parsed.kind, 'valid', JSON.stringify(parsed));
    });
  }
});

describe('an adapter', () => {
  it('is refused with the path of the field that is wrong', () => {
    const table: [object, string][] = [
      [{ extra: 1 }, 'extra'],
      [{ probe: { kind: 'tcp', prot: 1 } }, 'probe.prot'],
      [{ commands: [] }, 'commands'],
      [{ commands: [{ argv: ['a', '{prot}'] }] }, 'commands.0.argv.1'],
      [{ commands: [{ argv: ['./a'] }] }, 'commands.0.argv.0'],
      [{ commands: [{ argv: ['a\0'] }] }, 'commands.0.argv.0'],
      [{ commands: 'a b c' }, 'commands'],
      [{ places: { plugin: { paths: ['{home}/../../etc'] } } }, 'places.plugin.paths.0'],
      [{ places: { plugin: { paths: ['/etc'] } } }, 'places.plugin.paths.0'],
      [{ places: { plugin: { paths: ['{home}/a'], has: '../b' } } }, 'places.plugin.has'],
      [{ places: { plugin: { paths: ['{home}/a'], has: '/b' } } }, 'places.plugin.has'],
      [{ places: { home: { paths: ['{home}/a'] } } }, 'places.home'],
      [{ places: { a: { paths: ['{b}/c'] }, b: { paths: ['{home}/b'] } } }, 'places.a.paths.0'],
      [{ port: { kind: 'file', paths: ['/etc/passwd'], field: 'port', port: 1024 } }, 'port.paths.0'],
      [{ port: { kind: 'own', port: 80 } }, 'port.port'],
      [{ probe: { kind: 'http', path: '//evil.example/' } }, 'probe.path'],
      [{ probe: { kind: 'http', path: 'http://evil.example/' } }, 'probe.path'],
      [{ probe: { kind: 'http', path: '/a b' } }, 'probe.path'],
      [{ probe: undefined }, 'probe'],
      [{ exitCodes: { 256: 'yield' } }, 'exitCodes.256'],
      [{ exitCodes: { 0: 'ignore' } }, 'exitCodes.0'],
      [{ stop: { kind: 'signal', signal: 'SIGKILL' } }, 'stop.signal'],
      [{ name: 'other' }, 'name'],
      [{ documentation: 'javascript:alert(1)' }, 'documentation'],
      [{ environment: { 'A B': 'x' } }, 'environment.A B'],
      [{ data: { directory: '{home}/a/../../b' } }, 'data.directory'],
      [{ legacies: [{ kind: 'pm3', name: 'x' }] }, 'legacies.0.kind'],
    ];
    for (const [change, path] of table) {
      assert.deepEqual(problemsOf({ ...good, ...change }), [path], JSON.stringify(change));
    }
    assert.deepEqual(problemsOf(good), []);
  });

  it('is never taken for valid, nor throws, whatever lies in the file', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        assert.equal(parseAdapter(text, 'mine').kind, 'invalid');
      }),
    );
  });

  it('has a JSON schema for editors', () => {
    assert.ok(JSON.stringify(adapterJsonSchema()).includes('"commands"'));
  });
});

describe('adapters of the user', () => {
  it('replace bundled ones, and a wrong one is named with its field', async () => {
    await using fixture = await createFixture({
      adapters: {
        'chroma.json': JSON.stringify({ ...good, name: 'chroma', title: 'My Chroma' }),
        'mine.json': JSON.stringify({ ...good, porbe: 1 }),
      },
    });
    const roots = { config: fixture.path, data: '', state: '', logs: '' };
    assert.equal((await loadAdapter(systemFiles, roots, 'chroma')).title, 'My Chroma');
    await assert.rejects(loadAdapter(systemFiles, roots, 'mine'), {
      kind: 'configuration',
      message: /mine\.json: .*porbe/,
    });
    await assert.rejects(loadAdapter(systemFiles, roots, 'none'), { kind: 'configuration' });
    assert.equal(await findAdapter(systemFiles, roots, '../../etc/passwd'), undefined);
    const all = await allAdapters(systemFiles, roots);
    assert.equal(all.length, files.length + 1);
    assert.deepEqual(
      all.filter(({ source }) => source === 'user').map(({ name, kind }) => [name, kind]),
      [
        ['chroma', 'valid'],
        ['mine', 'invalid'],
      ],
    );
  });
});

describe('a place', () => {
  it('is the highest version that has what is needed and lacks what must not be there', async () => {
    await using fixture = await createFixture({
      'cache/9.9.0/has': '',
      'cache/9.10.0/has': '',
      'cache/10.0.0-beta.1/has': '',
      'cache/10.1.0/has': '',
      'cache/10.1.0/gone': '',
      'cache/11.0.0/other': '',
      'old/has': '',
    });
    const place = { paths: ['{home}/cache/*', '{home}/old'], has: 'has', lacks: 'gone' };
    const other = { paths: ['{home}/none/*', '{home}/old'], has: 'has' };
    const below = { paths: ['{none}/x', '{other}'], has: 'has' };
    const places = { place, other, none: { paths: ['{home}/none'] }, below };
    assert.deepEqual(await findPlaces(systemFiles, places, fixture.path.replace(/\/$/, ''), {}), {
      place: fixture.getPath('cache/10.0.0-beta.1'),
      other: fixture.getPath('old'),
      below: fixture.getPath('old'),
    });
  });
});

describe('the order of versions', () => {
  it('is that of semver', () => {
    const sorted = ['1.0.0-alpha', '1.0.0-beta.2', '1.0.0-beta.11', '1.0.0', '1.0.10', '1.2.0', '10.0.0'];
    assert.deepEqual(sorted.toReversed().sort(byVersion), sorted);
    assert.deepEqual(['claude-mem-9.0.1', 'claude-mem-10.0.0', 'main'].sort(byVersion).slice(-1), [
      'claude-mem-10.0.0',
    ]);
  });

  it('is an order', () => {
    const version = fc.stringMatching(/^\d{1,2}\.\d{1,2}(-[ab]\.\d)?$/);
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        assert.equal(Math.sign(byVersion(a, b)) + Math.sign(byVersion(b, a)), 0);
        if (byVersion(a, b) <= 0 && byVersion(b, c) <= 0) assert.ok(byVersion(a, c) <= 0);
      }),
    );
  });
});
