// Many clients for a minute, the daemon killed in the middle: no wrong answer, nothing acknowledged lost, no lock left.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ensureBuilt } from '../../scripts/cli.ts';
import { HostHome } from '../support/host-home.ts';
import { Client } from './load-client.ts';
import { Workload } from './workload.ts';

const clients = Number(process.env.MEMORYD_LOAD_CLIENTS ?? 200);
const seconds = Number(process.env.MEMORYD_LOAD_SECONDS ?? 60);
const sharedProjects = Math.ceil(clients / 20);

const memoryd = await ensureBuilt();
const posix = process.platform === 'win32' ? 'Windows hands no listening socket over' : false;

test(`${clients} clients for ${seconds} s, the daemon killed twice: no wrong answer, nothing acknowledged lost`, {
  skip: posix,
}, async (t) => {
  await using home = await HostHome.create({ daemon: { sync: { rateLimit: 0 } } });
  home.spawnCli(['--supervise'], {}, memoryd);
  let { endpoint } = await home.ready();
  const load = new Workload(endpoint.port, readFileSync(home.paths.token, 'utf8').trim());
  t.after(() => load.end());
  const until = performance.now() + seconds * 1_000;
  const all = Array.from({ length: clients }, (_, number) => new Client(load, number, sharedProjects));
  const working = all.map((client) => client.work(until));
  for (let kills = 0; kills < 2; kills += 1) {
    await delay((seconds * 1_000) / 3);
    process.kill(endpoint.pid, 'SIGKILL');
    ({ endpoint } = await home.ready(endpoint.nonce));
  }
  await Promise.all(working);
  for (const line of load.report()) t.diagnostic(line);
  t.diagnostic(`${load.stored.size} memories stored, ${load.gone} requests cut off by the kills`);
  assert.ok(load.gone > 0);
  for (const client of all) {
    await client.check();
    await client.release();
  }
  assert.deepEqual(load.wrong.slice(0, 5), []);
  assert.deepEqual(await load.lost(), []);
  const late = { 'x-client-id': 'late' };
  for (let n = 0; n < sharedProjects; n += 1) {
    const { status } = await load.ask('POST', `/projects/shared${n}/lock`, late);
    assert.equal(status, 200, 'a lock has outlived its holder');
  }
  const { counters, restarts } = (await home.ready()).report;
  assert.equal(restarts, 2);
  assert.ok(Number(counters.memories) >= load.stored.size);
});
