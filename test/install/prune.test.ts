import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createFixture } from 'fs-fixture';
import { pruneApps } from '../../src/install/prune.ts';
import { appDirectory, type Roots, servicePaths } from '../../src/layout.ts';
import { systemFiles } from '../../src/system/files.ts';

function rootsIn(directory: string): Roots {
  const at = (name: string) => join(directory, name);
  return { config: at('config'), data: at('data'), state: at('state'), logs: at('logs') };
}

function receiptText(app: string): string {
  return JSON.stringify({
    schema: 1,
    service: 'notes',
    backend: 'standalone',
    version: '0.1.0',
    build: 'b',
    app,
    node: '/usr/bin/node',
    port: 8400,
    units: [],
    definition: '',
    installedAt: '2026-11-01T00:00:00.000Z',
  });
}

describe('pruning private copies', () => {
  it('N11: keeps a Node that lies deeper in its copy, beside its libraries', async () => {
    await using fixture = await createFixture();
    const roots = rootsIn(fixture.path);
    const app = (name: string) => join(appDirectory(roots), name);
    for (const name of ['0.1.0-now', 'node-24.1.0-aa', 'node-22.1.0-bb'])
      mkdirSync(app(name), { recursive: true });
    const now = { app: app('0.1.0-now'), node: join(app('node-24.1.0-aa'), 'bin', 'node') };
    const gone = await pruneApps(systemFiles, roots, [
      now as Parameters<typeof pruneApps>[2][0],
      { kind: 'absent' },
    ]);
    assert.deepEqual(gone, [app('node-22.1.0-bb')]);
  });

  it('drops what nothing runs on, and nothing at all while a receipt does not say', async () => {
    await using fixture = await createFixture();
    const roots = rootsIn(fixture.path);
    const app = (name: string) => join(appDirectory(roots), name);
    for (const name of ['0.1.0-now', '0.1.0-notes', '0.0.9-old']) mkdirSync(app(name), { recursive: true });
    const { receipt, state } = servicePaths(roots, 'notes');
    mkdirSync(state, { recursive: true });
    const now = { app: app('0.1.0-now'), node: '/usr/bin/node' } as Parameters<typeof pruneApps>[2][0];
    const prune = () => pruneApps(systemFiles, roots, [now, { kind: 'absent' }]);

    writeFileSync(receipt, receiptText(app('0.1.0-notes')).slice(0, 40));
    assert.deepEqual(await prune(), []);

    writeFileSync(receipt, receiptText(app('0.1.0-notes')));
    assert.deepEqual(await prune(), [app('0.0.9-old')]);
  });
});
