// Which commands an adapter takes over: those that lie in one of its places, in whichever version.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { liesInPlace } from '../../src/adapters/places.ts';
import { type Adapter, parseAdapter } from '../../src/adapters/schema.ts';

function bundled(name: string): Adapter {
  const path = join(import.meta.dirname, '..', '..', 'templates', 'adapters', `${name}.json`);
  const parsed = parseAdapter(readFileSync(path, 'utf8'), name);
  assert.equal(parsed.kind, 'valid');
  return (parsed as { adapter: Adapter }).adapter;
}

const claudeMem = bundled('claude-mem');
const script = 'scripts/worker-service.cjs';

test('a path below a place, in any version, gone or not', () => {
  const cache = '/home/bob/.claude/plugins/cache/thedotmack/claude-mem';
  const inside = [
    `${cache}/13.25.3/${script}`,
    `${cache}/1.0.0-beta.1`,
    '/home/bob/.claude/plugins/marketplaces/thedotmack/plugin/x',
  ];
  const outside = [
    cache,
    `/home/bob/.claude/plugins/cache/other/claude-mem/1.0.0/${script}`,
    `/home/bob/.claude/plugins/marketplaces/thedotmack/plugin2/x`,
    `/home/alice/.claude/plugins/cache/thedotmack/claude-mem/1.0.0/${script}`,
    `/srv${cache}/1.0.0/${script}`,
    'worker-service.cjs',
    '--daemon',
  ];
  for (const path of inside) assert.ok(liesInPlace(path, claudeMem, '/home/bob', {}), path);
  for (const path of outside) assert.ok(!liesInPlace(path, claudeMem, '/home/bob', {}), path);
});

test('a place that a variable names, a home with odd characters, and paths of Windows', () => {
  const elsewhere = `/srv/claude+(1)/plugins/cache/thedotmack/claude-mem/2.0.0/${script}`;
  assert.ok(!liesInPlace(elsewhere, claudeMem, '/home/bob', {}));
  assert.ok(liesInPlace(elsewhere, claudeMem, '/home/bob', { CLAUDE_CONFIG_DIR: '/srv/claude+(1)' }));
  const odd = `/home/b.b [x]/.claude/plugins/cache/thedotmack/claude-mem/2.0.0/${script}`;
  assert.ok(liesInPlace(odd, claudeMem, '/home/b.b [x]', {}));
  assert.ok(!liesInPlace(odd.replace('b.b', 'bab'), claudeMem, '/home/b.b [x]', {}));
  const windows =
    'C:\\Users\\Bob\\.claude\\plugins\\cache\\thedotmack\\claude-mem\\2.0.0\\scripts\\worker-service.cjs';
  assert.ok(liesInPlace(windows, claudeMem, 'c:\\users\\bob', {}));
});

test('an adapter without places takes nothing over', () => {
  assert.ok(!liesInPlace('/usr/bin/bm', bundled('basic-memory'), '/usr', {}));
  assert.ok(liesInPlace('/home/bob/.graphiti/.venv/bin/python', bundled('graphiti'), '/home/bob', {}));
});
