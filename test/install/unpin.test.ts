// A definition that pins one version of a plugin is healed by the next install.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unpinned } from '../../src/install/unpin.ts';
import { checkDefinition } from '../../src/service/definition.ts';
import type { DefinitionObservation } from '../../src/service/observation.ts';
import { systemFiles } from '../../src/system/files.ts';

const system = {
  files: systemFiles,
  user: { name: 'bob', uid: 1000, home: '/home/bob' },
  env: {},
};
const roots = { config: '/none', data: '/none', state: '/none', logs: '/none' };
const version = '/home/bob/.claude/plugins/cache/thedotmack/claude-mem/13.25.3';

function stored(fields: object): DefinitionObservation {
  const all = { schema: 1, name: 'claude-mem', ...fields };
  const checked = checkDefinition(all);
  assert.equal(checked.kind, 'valid', JSON.stringify(checked));
  return { kind: 'valid', definition: checked.definition, text: JSON.stringify(all) };
}

const pinned = {
  adapter: 'claude-mem',
  command: ['/usr/bin/bun', `${version}/scripts/worker-service.cjs`, '--daemon'],
  workingDirectory: version,
  port: 37_701,
  environment: { CLAUDE_MEM_WORKER_PORT: '37701', CLAUDE_MEM_LOG_LEVEL: 'debug' },
};

test('the command goes, with what the adapter says itself; the rest stays', async () => {
  const healed = await unpinned(system, roots, stored(pinned));
  assert.equal(healed.kind, 'valid');
  assert.deepEqual(JSON.parse((healed as { text: string }).text), {
    schema: 1,
    name: 'claude-mem',
    adapter: 'claude-mem',
    port: 37_701,
    environment: { CLAUDE_MEM_LOG_LEVEL: 'debug' },
  });
});

test('every other definition stays as it is, to the byte', async () => {
  for (const fields of [
    {},
    { adapter: 'claude-mem' },
    { command: pinned.command },
    { ...pinned, command: ['/usr/bin/bun', '/home/bob/src/worker-service.cjs'] },
    { ...pinned, adapter: 'memtomem' },
  ]) {
    const seen = stored(fields);
    assert.equal(await unpinned(system, roots, seen), seen, JSON.stringify(fields));
  }
  const absent = { kind: 'absent' } as const;
  assert.equal(await unpinned(system, roots, absent), absent);
});
