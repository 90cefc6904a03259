import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createFixture, type FsFixture } from 'fs-fixture';
import { type Argv, systemExec } from '../../src/system/exec.ts';
import { startTestDaemon, token } from '../support/daemon.ts';

/** Pinned, and not among our dependencies: it is ten times as big as all of them. */
const inspector = '@modelcontextprotocol/inspector@2.12.0';

async function run(argv: Argv, home: FsFixture): Promise<string> {
  const env = { HOME: home.path, npm_config_update_notifier: 'false' };
  const result = await systemExec.run(argv, { cwd: home.path, env, timeoutMs: 180_000 });
  if (result.kind !== 'exited' || result.code !== 0)
    throw new Error(JSON.stringify({ ...result, bytes: undefined }));
  return result.stdout;
}

test('the inspector lists the tools, stores and recalls over both eras', async (t: TestContext) => {
  await using home = await createFixture({});
  const reachable = await systemExec.run(['npm', 'view', inspector, 'version'], { timeoutMs: 60_000 });
  if (reachable.kind !== 'exited' || reachable.code !== 0) return t.skip('needs a package registry');
  await run(['npm', 'install', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', inspector], home);
  const { url } = await startTestDaemon(t);
  const entry = join(home.path, 'node_modules', '.bin', 'mcp-inspector');
  for (const era of ['modern', 'legacy']) {
    const ask = async (...args: string[]) => {
      const target = ['--cli', url, '--transport', 'http', '--protocol-era', era];
      const header = ['--header', `Authorization: Bearer ${token}`];
      return JSON.parse(await run([process.execPath, entry, ...target, ...header, ...args], home));
    };
    const { tools } = await ask('--method', 'tools/list');
    assert.ok(tools.some((tool: { name: string }) => tool.name === 'store_memory'));
    const call = (name: string, ...pairs: string[]) =>
      ask('--method', 'tools/call', '--tool-name', name, ...pairs.flatMap((pair) => ['--tool-arg', pair]));
    await call('store_memory', `content=the ${era} inspector was here`);
    const found = await call('search_memories', `query=${era} inspector`);
    assert.equal(found.structuredContent.memories[0].snippet, `the ${era} inspector was here`);
  }
});
