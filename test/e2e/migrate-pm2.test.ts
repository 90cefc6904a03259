import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Cli } from '../support/cli.ts';
import { withCli } from '../support/installed.ts';
import { repository } from '../support/lab.ts';
import { freePort, needsPm2, type Pm2, pm2For, projects, whoAnswers } from '../support/legacy.ts';
import { until } from '../support/until.ts';
import type { LabUser } from '../support/user-manager.ts';

interface Scene {
  user: LabUser;
  cli: Cli;
  pm2: Pm2;
  port: number;
  migrate(...args: string[]): ReturnType<Cli['run']>;
}

const skip = needsPm2;

/** A user whose PM2 runs claude-mneme's server and two neighbours, saved. */
const withPm2 = (body: (scene: Scene) => Promise<void>) =>
  withCli(async (user, cli) => {
    const pm2 = await pm2For(user);
    const port = await freePort();
    const source = await readFile(join(repository, 'test/support/mneme-server.mjs'), 'utf8');
    await user.write(join(user.home, 'srv', 'mneme-server.mjs'), source);
    await user.write(join(user.home, 'srv', 'other.mjs'), 'setInterval(() => undefined, 1000);');
    await user.write(
      join(user.home, '.mneme-server', 'config.json'),
      JSON.stringify({ port, apiKeys: ['a-long-enough-key'] }),
    );
    for (const [name, text] of Object.entries(projects))
      await user.write(join(user.home, '.mneme-server', name), text);
    try {
      await pm2.must('start', 'srv/mneme-server.mjs', '--name', 'mneme-server');
      await pm2.must('start', 'srv/other.mjs', '--name', 'mneme-server-2');
      await pm2.must('start', 'srv/other.mjs', '--name', 'other', '--', '--flag');
      await pm2.must('save');
      await until('the old server answers', async () => (await whoAnswers(port)) === 'mneme');
      const migrate = (...args: string[]) => cli.run(['migrate', ...args], { env: pm2.env });
      await body({ user, cli, pm2, port, migrate });
    } finally {
      await pm2.run('kill');
    }
  });

const names = async (pm2: Pm2) => (await pm2.list()).map(({ name }) => name).toSorted();

async function savedNames(user: LabUser): Promise<string[]> {
  const dump = JSON.parse(await readFile(join(user.home, '.pm2', 'dump.pm2'), 'utf8')) as { name: string }[];
  return dump.map(({ name }) => name).toSorted();
}

test(
  'W20 an app of PM2 becomes a service with its port and data; its neighbours never notice, and resurrect does not bring it back',
  { skip },
  withPm2(async ({ user, cli, pm2, port, migrate }) => {
    const before = (await pm2.list()).filter(({ name }) => name !== 'mneme-server');
    const { code, stdout, stderr } = await migrate('--json');
    assert.equal(code, 0, stdout + stderr);
    const last = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as {
      service: string;
      port: number;
      record: string;
    };
    assert.equal(last.port, port);
    assert.equal(await whoAnswers(port), 'memoryd');
    assert.deepEqual(await pm2.list(), before);
    assert.deepEqual(await savedNames(user), ['mneme-server-2', 'other']);
    const answer = await fetch(`http://127.0.0.1:${port}/projects/alpha/files/log.jsonl`, {
      headers: { authorization: 'Bearer a-long-enough-key' },
    });
    assert.equal(
      ((await answer.json()) as { content: string }).content,
      projects['projects/alpha/log.jsonl'],
    );
    const record = JSON.parse(await readFile(last.record, 'utf8')) as { stage: string; original: string };
    assert.equal(record.stage, 'removed');
    assert.equal(await readFile(join(record.original, 'projects/beta/entities.json'), 'utf8'), '{}');
    await pm2.must('kill');
    await pm2.must('resurrect');
    assert.deepEqual(await names(pm2), ['mneme-server-2', 'other']);
    assert.equal((await cli.status('mneme-server')).state, 'running');
    const again = await migrate('--json');
    assert.equal(again.code, 0);
    assert.match(again.stdout, /"event":"nothing"/);
  }),
);

test(
  'X07 a new service that does not come up brings the app back, exactly as it was',
  { skip },
  withPm2(async ({ user, cli, pm2, port, migrate }) => {
    const before = await names(pm2);
    const dump = await readFile(join(user.home, '.pm2', 'dump.pm2'), 'utf8');
    const dropIn = join(user.home, '.config/systemd/user/memoryd-mneme-server.service.d/broken.conf');
    await user.write(dropIn, '[Service]\nExecStartPre=/bin/false\n');
    const { code, stderr } = await migrate();
    assert.equal(code, 1, stderr);
    assert.match(stderr, /did not (come up|start)/);
    await until('the old server answers again', async () => (await whoAnswers(port)) === 'mneme');
    assert.deepEqual(await names(pm2), before);
    assert.equal(await readFile(join(user.home, '.pm2', 'dump.pm2'), 'utf8'), dump);
    assert.equal((await cli.status('mneme-server')).state, 'not-installed');
    const [app] = (await pm2.list()).filter(({ name }) => name === 'mneme-server');
    assert.equal(app?.status, 'online');
  }),
);

test(
  'an app that is only saved, with PM2 not running and not even installed any more, is forgotten from its list',
  { skip },
  withPm2(async ({ user, pm2, port, cli }) => {
    await pm2.must('kill');
    await until('nobody answers', async () => (await whoAnswers(port)) === undefined);
    const { code, stderr } = await cli.run(['migrate', '--from', 'pm2:mneme-server']);
    assert.equal(code, 0, stderr);
    assert.equal(await whoAnswers(port), 'memoryd');
    assert.deepEqual(await savedNames(user), ['mneme-server-2', 'other']);
  }),
);

test(
  'W20 orphaned files of an app that is gone are told, and deleted only when that is asked for',
  { skip },
  withPm2(async ({ user, pm2, migrate }) => {
    await pm2.must('start', 'srv/other.mjs', '--name', 'claude-mem-worker');
    await pm2.must('delete', 'claude-mem-worker');
    const pm2Files = async () =>
      (await user.must(['find', '.pm2/logs', '.pm2/pids', '-type', 'f'])).trim().split('\n').toSorted();
    const all = await pm2Files();
    const shown = await migrate('--remove-orphans', '--dry-run');
    assert.match(shown.stdout, /logs\/claude-mem-worker-out\.log/);
    assert.deepEqual(await pm2Files(), all);
    assert.equal((await migrate('--remove-orphans')).code, 0);
    assert.deepEqual(
      await pm2Files(),
      all.filter((path) => !/\/claude-mem-worker-(?:out|error)\.log$/.test(path)),
    );
  }),
);
