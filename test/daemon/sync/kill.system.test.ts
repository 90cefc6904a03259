import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createFixture } from 'fs-fixture';
import { call } from './server.ts';

async function startChild(root: string): Promise<{ child: ChildProcess; url: string }> {
  const script = join(import.meta.dirname, 'server-child.ts');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, root], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  return { child, url: line.toString().trim() };
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

function version(n: number): string {
  const text = `${n} `.repeat(50_000);
  return `${createHash('sha256').update(text).digest('hex')}\n${text}`;
}

/** Uploads versions until the server dies; gives the number of the last acknowledged one and of the last tried. */
async function uploadUntilDeath(
  url: string,
  from: number,
  begun: () => void,
): Promise<{ acknowledged: number; tried: number }> {
  let acknowledged = -1;
  for (let n = from; ; n += 1) {
    try {
      const { status } = await call(url, 'PUT', '/projects/demo/files/log.jsonl', {
        client: 'w',
        body: version(n),
      });
      assert.equal(status, 200);
      acknowledged = n;
      if (n === from) begun();
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      return { acknowledged, tried: n };
    }
  }
}

test('killed in the middle of uploads: no torn file, nothing acknowledged lost, the lock goes on', {
  timeout: 120_000,
}, async (t) => {
  const fixture = await createFixture({});
  const root = join(fixture.path, 'projects');
  let running = await startChild(root);
  t.after(async () => {
    await kill(running.child);
    await fixture.rm();
  });
  let next = 0;
  for (let round = 0; round < 6; round += 1) {
    assert.equal((await call(running.url, 'POST', '/projects/demo/lock', { client: 'w' })).status, 200);
    const { child } = running;
    // Killed a moment after the first is acknowledged, however long a busy machine takes for that.
    const { acknowledged, tried } = await uploadUntilDeath(running.url, next, () =>
      setTimeout(() => child.kill('SIGKILL'), 10 + round * 17),
    );
    running = await startChild(root);

    const held = await call(running.url, 'GET', '/projects/demo/lock');
    assert.equal((held.json.lock as { clientId: string }).clientId, 'w', 'the holder still holds');
    assert.equal((await call(running.url, 'POST', '/projects/demo/lock', { client: 'other' })).status, 409);
    assert.ok(acknowledged >= next);
    const { content } = (await call(running.url, 'GET', '/projects/demo/files/log.jsonl')).json;
    assert.ok(content === version(acknowledged) || content === version(tried), `torn after ${acknowledged}`);
    next = tried + 1;
  }
  assert.equal((await call(running.url, 'DELETE', '/projects/demo/lock', { client: 'w' })).status, 200);
  assert.equal((await call(running.url, 'POST', '/projects/demo/lock', { client: 'other' })).status, 200);
  const left = (await readdir(join(root, 'demo'))).filter((name) => name.startsWith('.sync'));
  assert.deepEqual(left, [], 'the next lock swept what was half-written');
});
