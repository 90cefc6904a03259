import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Cli } from '../support/cli.ts';
import { bun, needsFetched } from '../support/fetched-peers.ts';
import { blocksIn, linesIn } from '../support/guide.ts';
import { withCli } from '../support/installed.ts';
import { repository } from '../support/lab.ts';
import {
  freePort,
  needsPm2,
  type Pm2,
  paste as pasteAs,
  pm2For,
  projects,
  whoAnswers,
} from '../support/legacy.ts';
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
  'W20 an app of PM2 becomes a service with its port and data, its neighbours never notice, resurrect does not bring it back, and the marker is no more than a note',
  { skip },
  withPm2(async ({ user, cli, pm2, port, migrate }) => {
    const before = (await pm2.list()).filter(({ name }) => name !== 'mneme-server');
    const shown = await migrate('--dry-run');
    assert.equal(shown.code, 0, shown.stderr);
    const [quiet = '', gap = '', after = ''] = shown.stdout.split(
      /^(?=while no daemon serves|after the new)/m,
    );
    assert.match(quiet, new RegExp(`port +${port}\n`));
    assert.doesNotMatch(shown.stdout, /root/);
    assert.match(gap, /\n {2}pm2 delete 0\n/);
    assert.match(after, /pm2 resurrect must not bring mneme-server back[\s\S]*\n {2}pm2 save --force\n/);
    assert.deepEqual(await user.must(['find', '.', '-name', '*memoryd*', '-path', './.*']), '');
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
    const changing = (await pm2.verbs()).filter((verb) => !['jlist', 'start'].includes(verb));
    assert.deepEqual(changing, ['save', 'delete', 'save'], 'the first is this test’s own');
    const answer = await fetch(`http://127.0.0.1:${port}/projects/alpha/files/log.jsonl`, {
      headers: { authorization: 'Bearer a-long-enough-key' },
    });
    assert.equal(
      ((await answer.json()) as { content: string }).content,
      projects['projects/alpha/log.jsonl'],
    );
    const record = JSON.parse(await readFile(last.record, 'utf8')) as {
      stage: string;
      original: string;
      at: string;
    };
    assert.equal(record.stage, 'removed');
    const age = Date.now() - Date.parse(record.at);
    assert.ok(age > 0 && age < 60_000, record.at);
    assert.equal(await readFile(join(record.original, 'projects/beta/entities.json'), 'utf8'), '{}');
    await pm2.must('kill');
    await pm2.must('resurrect');
    assert.deepEqual(await names(pm2), ['mneme-server-2', 'other']);
    assert.equal((await cli.status('mneme-server')).state, 'running');
    for (const forget of [[], ['rm', last.record]]) {
      const [program, ...rest] = forget;
      if (program !== undefined) await user.must([program, ...rest]);
      const again = await migrate('--json');
      assert.equal(again.code, 0);
      assert.match(again.stdout, /"event":"nothing"/);
    }
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
    const left = await user.run(['find', '.local/state/memoryd/migrations', '-name', 'migrated.json']);
    assert.equal(left.stdout, '', 'the marker is written after success only');
  }),
);

test(
  'X03 an app is left alone while PM2 runs and cannot be asked',
  { skip },
  withPm2(async ({ cli, pm2, port }) => {
    const before = await pm2.list();
    const { code, stderr } = await cli.run(['migrate', '--from', 'pm2:mneme-server']);
    assert.equal(code, 1);
    assert.match(stderr, /not on the PATH/);
    assert.deepEqual(await pm2.list(), before);
    assert.equal(await whoAnswers(port), 'mneme');
  }),
);

test(
  '--keep-old leaves the app saved and stopped, resurrect does not start it, and a later run takes it away',
  { skip },
  withPm2(async ({ user, pm2, port, migrate }) => {
    const kept = await migrate('--keep-old');
    assert.equal(kept.code, 0, kept.stderr);
    assert.equal(await whoAnswers(port), 'memoryd');
    await pm2.must('kill');
    await pm2.must('resurrect');
    const [app] = (await pm2.list()).filter(({ name }) => name === 'mneme-server');
    assert.equal(app?.status, 'stopped');
    assert.deepEqual(await savedNames(user), ['mneme-server', 'mneme-server-2', 'other']);
    const { code, stderr } = await migrate();
    assert.equal(code, 0, stderr);
    assert.deepEqual(await names(pm2), ['mneme-server-2', 'other']);
    assert.deepEqual(await savedNames(user), ['mneme-server-2', 'other']);
    assert.equal(await whoAnswers(port), 'memoryd');
  }),
);

/** What claude-mem's worker answers; it says which environment it was started with. */
const worker = `const { createServer } = require('node:http');
createServer((request, response) => {
  response.end(JSON.stringify({ status: 'ok', pid: process.pid, level: process.env.CLAUDE_MEM_LOG_LEVEL }));
  if (request.url === '/api/admin/shutdown') process.exit(0);
}).listen(Number(process.env.CLAUDE_MEM_WORKER_PORT), '127.0.0.1');
`;

test(
  'claude-mem’s worker is moved as the guide says, the guide leads back, and it can be moved once more',
  { skip },
  withCli(async (user, cli) => {
    const pm2 = await pm2For(user);
    const port = await freePort();
    await user.write(join(user.home, 'plugin/worker-service.cjs'), worker);
    await user.write(join(user.home, '.claude-mem/claude-mem.db'), 'memories');
    const paste = async (script: string) => {
      const ran = await pasteAs(user, cli, script);
      assert.equal(ran.code, 0, `${script}: ${ran.stdout}${ran.stderr}`);
      return ran.stdout;
    };
    const start = 'pm2 start plugin/worker-service.cjs --name claude-mem-worker --watch';
    const about = async () =>
      (await (await fetch(`http://127.0.0.1:${port}/api/health`)).json()) as { level: string };
    try {
      await paste(`CLAUDE_MEM_LOG_LEVEL=debug CLAUDE_MEM_WORKER_PORT=${port} ${start}\npm2 save`);
      await until('the worker answers', about);
      for (const time of ['once', 'once more']) {
        for (const line of linesIn('pm2', 'From PM2')) await paste(line);
        assert.equal((await about()).level, 'debug', time);
        assert.equal((await cli.status('claude-mem')).endpoint?.port, port);
        for (const line of linesIn('pm2', 'Verify')) await paste(line);
        assert.deepEqual(await names(pm2), []);
        const [back = ''] = blocksIn('pm2', 'Go back');
        await paste(back);
        const [app] = await pm2.list();
        assert.deepEqual([app?.name, app?.status], ['claude-mem-worker', 'online']);
        assert.equal((await cli.status('claude-mem')).state, 'not-installed');
        await until('the worker answers again', about);
        assert.deepEqual(await savedNames(user), ['claude-mem-worker']);
      }
    } finally {
      await pm2.run('kill');
    }
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
  withPm2(async ({ user, cli, pm2 }) => {
    await pm2.must('start', 'srv/other.mjs', '--name', 'claude-mem-worker');
    await pm2.must('delete', 'claude-mem-worker');
    const pm2Files = async () =>
      (await user.must(['find', '.pm2/logs', '.pm2/pids', '-type', 'f'])).trim().split('\n').toSorted();
    const all = await pm2Files();
    const [look = '', remove = ''] = linesIn('pm2', 'What PM2 leaves behind');
    const shown = await pasteAs(user, cli, look);
    assert.match(shown.stdout, /logs\/claude-mem-worker-out\.log/);
    assert.deepEqual(await pm2Files(), all);
    assert.equal((await pasteAs(user, cli, remove)).code, 0);
    assert.deepEqual(
      await pm2Files(),
      all.filter((path) => !/\/claude-mem-worker-(?:out|error)\.log$/.test(path)),
    );
  }),
);

/** A server with its port in its own code, which says what runs it. */
const withOwnPort = (port: number) => `require('node:http').createServer((_, response) => {
  response.end(JSON.stringify({ bun: process.versions.bun, args: process.argv.slice(2) }));
}).listen(${port}, '127.0.0.1');
`;

const noBun = await needsFetched(bun);

test(
  'apps with their port in their own code, in fork and in cluster mode, by node and by bun: moved to that port, and back',
  { skip },
  withCli(async (user, cli) => {
    const pm2 = await pm2For(user);
    const modes: [name: string, flags: string[]][] = [
      ['notes', []],
      ['clustered', ['-i', '2']],
      ...(noBun === false ? [['bunned', ['--interpreter', bun]] as [string, string[]]] : []),
    ];
    const paste = async (script: string) => {
      const ran = await pasteAs(user, cli, script);
      assert.equal(ran.code, 0, `${script}: ${ran.stdout}${ran.stderr}`);
    };
    const [, , as = ''] = linesIn('README', 'Then');
    const [back = ''] = blocksIn('pm2', 'Go back');
    try {
      for (const [name, flags] of modes) {
        const port = await freePort();
        const about = async () =>
          (await (await fetch(`http://127.0.0.1:${port}`)).json()) as { bun?: string; args: string[] };
        await user.write(join(user.home, 'srv', `${name}.cjs`), withOwnPort(port));
        await pm2.must('start', `srv/${name}.cjs`, '--name', name, ...flags, '--', '--flag');
        await pm2.must('save');
        const before = await until('it answers', about);
        await paste(as.replace('pm2:notes', `pm2:${name}`));
        assert.deepEqual(await about(), before, name);
        assert.equal((await cli.status('work')).endpoint?.port, port);
        assert.deepEqual(await names(pm2), []);
        await paste(
          back
            .replace('uninstall claude-mem', 'uninstall work')
            .replace('pm2-claude-mem-worker', `pm2-${name}`),
        );
        assert.deepEqual(await until('it answers again', about), before, name);
        assert.ok((await pm2.list()).every((app) => app.name === name && app.status === 'online'));
        await pm2.must('delete', name);
        await pm2.must('save', '--force');
      }
    } finally {
      await pm2.run('kill');
    }
  }),
);
