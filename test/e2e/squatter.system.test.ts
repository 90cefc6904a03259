import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { test } from 'node:test';
import { withCli } from '../support/installed.ts';
import { needsUserManager } from '../support/machine-needs.ts';

const skip = needsUserManager;

/** A program of somebody else's on `port`, which even claims to be a memory daemon. */
async function squat(port: number): Promise<Server> {
  const server = createServer((_request, response) => response.end('{"app":"memoryd","status":"ready"}'));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

test(
  'X05 W16 a squatter on the port: it starts on another, publishes it, and the next install settles there',
  { skip },
  withCli(async (_user, cli) => {
    await cli.must(['install']);
    const before = await cli.status();
    const port = before.endpoint?.port as number;
    await cli.must(['stop']);
    const squatter = await squat(port);
    try {
      await cli.run(['start']);
      const moved = await cli.status();
      assert.equal(moved.state, 'running');
      assert.equal(moved.healthy, true);
      assert.notEqual(moved.endpoint?.port, port);
      assert.ok(moved.notes.some(({ text }) => text.includes(`because port ${port} was taken`)));
      await cli.must(['install']);
      const settled = await cli.status();
      assert.equal(settled.endpoint?.port, moved.endpoint?.port);
      const held = new RegExp(`port ${port} was held by another user`);
      assert.deepEqual(
        settled.notes.filter(({ text }) => !held.test(text)),
        [],
      );
      await cli.must(['token', '--acknowledge']);
      assert.deepEqual((await cli.status()).notes, []);
    } finally {
      squatter.close();
    }
  }),
);

test(
  'X05 a first install passes over a port that is taken',
  { skip },
  withCli(async (_user, cli) => {
    const preferred = JSON.parse(await cli.must(['install', '--dry-run', '--json'])) as { port: number };
    const squatter = await squat(preferred.port);
    try {
      await cli.must(['install']);
      assert.notEqual((await cli.status()).endpoint?.port, preferred.port);
    } finally {
      squatter.close();
    }
  }),
);
