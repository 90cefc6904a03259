// The bundled adapters against what was recorded of the real projects: test/fixtures/adapters/facts.json. A new version of
// a daemon is a new row there; what changed in it shows here.
import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { createFixture } from 'fs-fixture';
import { discover } from '../../src/adapters/discover.ts';
import { placeVariables } from '../../src/adapters/places.ts';
import { type Adapter, parseAdapter } from '../../src/adapters/schema.ts';
import { expectedPort, portRule } from '../../src/external/port.ts';
import { systemFiles } from '../../src/system/files.ts';

interface Fact {
  adapter: string;
  version: string;
  /** The files of the project that say so. */
  source: string;
  /** Words that stand one after the other in a command. */
  argv: string[];
  environment?: string[];
  workingDirectory?: string;
  ports?: Record<string, number>;
  probe?: object;
  useful?: object;
  stop?: object;
  exitCodes?: object;
  binds?: string;
  placeVariable?: string;
}

const root = join(import.meta.dirname, '..', '..');
const facts = JSON.parse(readFileSync(join(root, 'test/fixtures/adapters/facts.json'), 'utf8')) as Fact[];

function bundled(name: string): Adapter {
  const parsed = parseAdapter(readFileSync(join(root, 'templates/adapters', `${name}.json`), 'utf8'), name);
  assert.equal(parsed.kind, 'valid', JSON.stringify(parsed));
  return (parsed as { adapter: Adapter }).adapter;
}

const within = (argv: readonly string[], words: readonly string[]): boolean =>
  argv.some((_, at) => words.every((word, i) => argv[at + i] === word));

const uidOf = (who: string): number => (who === 'none' ? -1 : Number(who.replace('uid ', '')));

/** A setting of the adapter, as far as the fact speaks of it. */
const said = (value: unknown, fact: object): object =>
  Object.fromEntries(Object.keys(fact).map((key) => [key, (value as Record<string, unknown>)[key]]));

describe('what the adapters say is what the projects say', () => {
  it('for every one of them', () => {
    const files = readdirSync(join(root, 'templates/adapters')).map((file) => basename(file, '.json'));
    const recorded = facts.map(({ adapter }) => adapter).toSorted();
    const missing = 'every adapter has a row in test/fixtures/adapters/facts.json, with what its source says';
    assert.deepEqual(recorded, files.toSorted(), missing);
  });

  for (const fact of facts) {
    it(`${fact.adapter} ${fact.version}`, () => {
      const adapter = bundled(fact.adapter);
      assert.equal(adapter.checkedAgainst, fact.version);
      assert.ok(
        adapter.commands.some(({ argv }) => within(argv, fact.argv)),
        JSON.stringify(adapter.commands),
      );
      for (const name of fact.environment ?? []) assert.ok(name in adapter.environment, name);
      assert.equal(adapter.workingDirectory, fact.workingDirectory);
      for (const [who, port] of Object.entries(fact.ports ?? {})) {
        assert.ok(adapter.port.kind !== 'told');
        assert.equal(expectedPort(adapter.port.port, uidOf(who)), port, who);
      }
      if (fact.ports === undefined) assert.equal(adapter.port.kind, 'told');
      for (const key of ['probe', 'useful', 'stop'] as const) {
        const one = fact[key];
        if (one !== undefined) assert.deepEqual(said(adapter[key], one), one);
      }
      assert.deepEqual(said(adapter.exitCodes, fact.exitCodes ?? {}), fact.exitCodes ?? {});
      assert.equal(adapter.binds, fact.binds ?? 'loopback');
      assert.deepEqual(placeVariables(adapter.places), [fact.placeVariable].filter(Boolean));
    });
  }
});

/** A home with these files, in which the adapter is looked for. */
async function found(name: string, tree: Record<string, string>, env: Record<string, string> = {}) {
  const fixture = await createFixture(tree);
  const home = fixture.path.replace(/\/$/, '');
  for (const path of Object.keys(tree)) if (path.startsWith('bin/')) chmodSync(join(home, path), 0o755);
  const expand = (value: string) => value.replace('{home}', home);
  const variables = Object.fromEntries(Object.entries(env).map(([key, value]) => [key, expand(value)]));
  const system = {
    files: systemFiles,
    platform: 'linux' as const,
    user: { name: 'someone', uid: 1000, gid: 1000, home },
  };
  const adapter = bundled(name);
  const path = { PATH: join(home, 'bin'), ...variables };
  const answer = await discover(system, adapter, path, { port: '1', dataDir: home });
  const port = await portRule(system, adapter.port).catch((error: Error) => error.message);
  return { answer, home, port, [Symbol.asyncDispose]: () => fixture.rm() };
}

const placeOf = ({ answer, home }: Awaited<ReturnType<typeof found>>, place: string) =>
  answer.kind === 'found' ? answer.places[place]?.replace(home, '~') : answer.lacks.join();

describe('the places of the adapters', {
  skip: process.platform === 'win32' && 'its paths are POSIX',
}, () => {
  const program = { 'bin/bun': '', 'bin/node': '' };

  it('claude-mem: below CLAUDE_CONFIG_DIR where that is set, as its hooks look for it', async () => {
    const plugin = 'plugins/cache/thedotmack/claude-mem/13.25.3/scripts/worker-service.cjs';
    const tree = { ...program, [`.claude/${plugin}`]: '', [`agents/${plugin}`]: '' };
    await using usual = await found('claude-mem', tree);
    assert.equal(placeOf(usual, 'plugin'), '~/.claude/plugins/cache/thedotmack/claude-mem/13.25.3');
    await using other = await found('claude-mem', tree, { CLAUDE_CONFIG_DIR: '{home}/agents' });
    assert.equal(placeOf(other, 'plugin'), '~/agents/plugins/cache/thedotmack/claude-mem/13.25.3');
    await using none = await found('claude-mem', tree, { CLAUDE_CONFIG_DIR: '{home}/nowhere' });
    assert.match(placeOf(none, 'plugin') ?? '', /claude-mem/);
  });

  it('claude-mem: a port below 1024 in its settings is refused at once', async () => {
    const settings = (port: string) => ({
      '.claude-mem/settings.json': JSON.stringify({ CLAUDE_MEM_WORKER_PORT: port }),
    });
    await using low = await found('claude-mem', settings('80'));
    assert.match(String(low.port), /CLAUDE_MEM_WORKER_PORT: must be between 1024 and 65535/);
    await using fine = await found('claude-mem', settings('40000'));
    assert.deepEqual(fine.port, { kind: 'known', port: 40_000 });
  });

  it('claude-mneme: the capture server of an installed plugin is not taken for the sync server', async () => {
    const capture = {
      '.claude/plugins/cache/claude-mneme/claude-mneme/3.17.12/server/mneme-server.mjs': '',
      '.claude/plugins/cache/claude-mneme/claude-mneme/3.17.12/server/capture-service.mjs': '',
    };
    await using plugin = await found('claude-mneme', { ...program, ...capture });
    assert.match(placeOf(plugin, 'checkout') ?? '', /in an installed plugin is its capture server/);
    const checkout = '.claude/plugins/marketplaces/claude-mneme/server/mneme-server.mjs';
    await using both = await found('claude-mneme', { ...program, ...capture, [checkout]: '' });
    assert.equal(placeOf(both, 'checkout'), '~/.claude/plugins/marketplaces/claude-mneme');
  });

  it('graphiti 2.1: the installation directory is the virtual environment, the port is in its settings', async () => {
    await using newer = await found('graphiti', {
      '.local/share/graphiti/bin/python': '',
      '.graphiti/.venv/bin/python': '',
      '.config/graphiti/graphiti.config.json': '{"daemon":{"port":8400}}',
    });
    assert.equal(placeOf(newer, 'install'), '~/.local/share/graphiti');
    assert.deepEqual(newer.port, { kind: 'known', port: 8400 });
    await using older = await found('graphiti', { '.graphiti/.venv/bin/python': '' });
    assert.equal(
      older.answer.kind === 'found' && older.answer.program,
      join(older.home, '.graphiti/.venv/bin/python'),
    );
    assert.deepEqual(older.port, { kind: 'known', port: 8321 });
    await using windows = await found('graphiti', {
      'AppData/Local/Programs/Graphiti/Scripts/python.exe': '',
      'AppData/Local/Graphiti/config/graphiti.config.json': '{"daemon":{"port":8401}}',
    });
    assert.equal(placeOf(windows, 'install'), '~/AppData/Local/Programs/Graphiti');
    assert.deepEqual(windows.port, { kind: 'known', port: 8401 });
  });
});
