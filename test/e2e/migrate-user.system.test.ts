import assert from 'node:assert/strict';
import { chown, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { blocksIn, linesIn } from '../support/guide.ts';
import { withCli } from '../support/installed.ts';
import { freePort, paste, whoAnswers, withServer } from '../support/legacy.ts';
import { needsUserManager } from '../support/machine-needs.ts';
import { until } from '../support/until.ts';
import type { LabUser } from '../support/user-manager.ts';

const skip = needsUserManager;

const isLoaded = async (user: LabUser, unit: string) =>
  (await user.systemctl('show', '-p', 'LoadState', '--value', unit)).trim() === 'loaded';

test(
  'an older unit of the user’s own becomes a service, data that are the user’s stay where they are, and the guide leads back',
  { skip },
  withServer(async (user, cli, port, argv) => {
    const unit = join(user.home, '.config/systemd/user/mneme-server.service');
    await user.write(unit, `[Service]\nExecStart=${argv.join(' ')}\n[Install]\nWantedBy=default.target\n`);
    await user.systemctl('daemon-reload');
    await user.systemctl('enable', '--now', 'mneme-server.service');
    await until('the old server answers', async () => (await whoAnswers(port)) === 'mneme');
    const status = await cli.run(['status', '--json']);
    assert.deepEqual((JSON.parse(status.stdout) as { legacies?: string[] }).legacies, [
      'user-unit:mneme-server.service',
    ]);
    const other = await cli.run(['install', 'other']);
    assert.equal(other.code, 0, other.stderr);
    assert.match(other.stderr, /user-unit:mneme-server\.service/);
    const { code, stdout, stderr } = await cli.run(['migrate', 'memory', '--json']);
    assert.equal(code, 0, stdout + stderr);
    const last = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as {
      data: { kind: string };
      notes: string[];
    };
    assert.equal(last.data.kind, 'stay');
    assert.ok(
      last.notes.some((note) => note.includes('token')),
      'an open server now asks for a token',
    );
    assert.equal(await whoAnswers(port), 'memoryd');
    assert.ok(!(await isLoaded(user, 'mneme-server.service')));
    const { paths } = await cli.status('memory');
    const token = (await readFile(paths.token, 'utf8')).trim();
    const answer = await fetch(`http://127.0.0.1:${port}/projects/beta/files/entities.json`, {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(((await answer.json()) as { content: string }).content, '{}');

    const [back = ''] = blocksIn('systemd', 'A unit of your own');
    const script = back.replace('uninstall graphiti', 'uninstall memory');
    const went = await paste(user, cli, script.replaceAll('graphiti-bootstrap', 'mneme-server'));
    assert.equal(went.code, 0, went.stdout + went.stderr);
    await until('the old server answers', async () => (await whoAnswers(port)) === 'mneme');
    for (const line of [...linesIn('README', 'Look first'), ...linesIn('systemd', 'From a systemd unit')]) {
      // The unit of the machine in this block is moved in another test.
      if (line.includes('system-unit')) continue;
      const dry = line.includes('--dry-run') ? line : `${line} --dry-run`;
      const shown = await paste(user, cli, dry.replace('graphiti-bootstrap', 'mneme-server'));
      assert.equal(shown.code, 0, `${dry}: ${shown.stdout}${shown.stderr}`);
      assert.match(shown.stdout, /user-unit:mneme-server\.service/);
    }
    assert.equal(await whoAnswers(port), 'mneme');
    const [only = ''] = linesIn('README', 'Then');
    const again = await paste(user, cli, `${only} --json`);
    assert.equal(again.code, 0, again.stdout + again.stderr);
    const record = JSON.parse(again.stdout.trim().split('\n').at(-1) ?? '') as { record: string };
    const { original } = JSON.parse(await readFile(record.record, 'utf8')) as { original: string };
    assert.match(original, /data-2$/, 'the first backup is not written over');
    assert.deepEqual((await user.must(['ls', dirname(original)])).split('\n').includes('data'), true);
  }),
);

test(
  'any program goes on with its words, environment, directory and port',
  { skip },
  withCli(async (user, cli) => {
    const port = await freePort();
    const script = join(user.home, 'app', 'notes.mjs');
    await user.write(
      script,
      "import { createServer } from 'node:http';\n" +
        'const about = { argv: process.argv.slice(2), color: process.env.COLOR, cwd: process.cwd() };\n' +
        'createServer((_, response) => response.end(JSON.stringify(about))).listen(Number(process.argv[3]), "127.0.0.1");\n',
    );
    const unit =
      `[Service]\nExecStart=${user.node} ${script} --port ${port} "two words"\nEnvironment="COLOR=dark blue"\n` +
      `WorkingDirectory=%h/app\n[Install]\nWantedBy=default.target\n`;
    await user.write(join(user.home, '.config/systemd/user/notes.service'), unit);
    await user.systemctl('daemon-reload');
    await user.systemctl('enable', '--now', 'notes.service');
    const about = async () => (await fetch(`http://127.0.0.1:${port}/`)).json();
    const before = await until('it answers', about);
    const { code, stderr } = await cli.run(['migrate', '--from', 'user-unit:notes']);
    assert.equal(code, 0, stderr);
    assert.ok(!(await isLoaded(user, 'notes.service')));
    assert.deepEqual(await until('it answers again', about), before);
    assert.equal((await cli.status('notes')).state, 'running');
  }),
);

test(
  'X03 a stranger on the port is never touched, and the old unit runs on',
  { skip },
  withServer(async (user, cli, port, argv) => {
    const unit = join(user.home, '.config/systemd/user/mneme-server.service');
    await user.write(
      unit,
      `[Service]\nRestart=always\nRestartSec=200ms\nExecStart=${argv.join(' ')}\n[Install]\nWantedBy=default.target\n`,
    );
    const squat = `require('http').createServer((q, s) => s.end('{}')).listen(${port})`;
    await user.must(['systemd-run', '--user', '--unit=stranger', user.node, '-e', squat]);
    await until('the stranger answers', async () => (await whoAnswers(port)) === 'other');
    await user.systemctl('daemon-reload');
    await user.systemctl('enable', '--now', 'mneme-server.service');
    const pid = await user.systemctl('show', '-p', 'MainPID', '--value', 'stranger.service');
    const { code, stderr } = await cli.run(['migrate']);
    assert.equal(code, 1);
    assert.match(stderr, /is still in use by another program|taken by another program/);
    assert.equal(await user.systemctl('show', '-p', 'MainPID', '--value', 'stranger.service'), pid);
    assert.equal((await user.systemctl('is-enabled', 'mneme-server.service')).trim(), 'enabled');
    assert.notEqual(
      (await user.systemctl('show', '-p', 'ActiveState', '--value', 'mneme-server.service')).trim(),
      'inactive',
    );
    assert.equal((await cli.status('mneme-server')).state, 'not-installed');
  }),
);

test(
  'hostile data are refused by name before anything is stopped',
  { skip },
  withServer(async (user, cli, port, argv) => {
    const unit = join(user.home, '.config/systemd/user/mneme-server.service');
    await user.write(unit, `[Service]\nExecStart=${argv.join(' ')}\n[Install]\nWantedBy=default.target\n`);
    await user.systemctl('daemon-reload');
    await user.systemctl('enable', '--now', 'mneme-server.service');
    await until('the old server answers', async () => (await whoAnswers(port)) === 'mneme');
    const started = () =>
      user.systemctl('show', '-p', 'ExecMainStartTimestampMonotonic', '--value', 'mneme-server.service');
    const before = await started();
    const data = join(user.home, '.mneme-server');
    const obstacles: [make: string[], said: RegExp, clear: string[]][] = [
      [
        ['ln', '-s', '/etc', join(data, 'out\nside')],
        /out\\nside" leads out of it/,
        ['rm', join(data, 'out\nside')],
      ],
      [
        ['install', '-m', '000', '/dev/null', join(data, 'closed')],
        /closed cannot be read/,
        ['rm', '-f', join(data, 'closed')],
      ],
    ];
    for (const [make, said, clear] of obstacles) {
      await user.must(make as [string, ...string[]]);
      const { code, stderr } = await cli.run(['migrate']);
      assert.equal(code, 1);
      assert.match(stderr, said);
      assert.equal(await started(), before);
      await user.must(clear as [string, ...string[]]);
    }
    // As a container leaves it, which wrote as root: the new daemon could not write there.
    const rootsOwn = join(data, 'projects/alpha/summary.json');
    await writeFile(rootsOwn, '{}');
    const refused = await cli.run(['migrate']);
    assert.match(refused.stderr, /summary\.json belongs to another account/);
    assert.equal(await started(), before);
    await chown(rootsOwn, user.uid, user.gid);
    assert.equal(await whoAnswers(port), 'mneme');
    const { code, stderr } = await cli.run(['migrate']);
    assert.equal(code, 0, stderr);
    assert.equal(await whoAnswers(port), 'memoryd');
  }),
);

test(
  'X07 Ctrl-C in the middle of a long copy, which tells how far it is, brings the old service back',
  { skip },
  withServer(async (user, cli, port, argv) => {
    const unit = join(user.home, '.config/systemd/user/mneme-server.service');
    await user.write(unit, `[Service]\nExecStart=${argv.join(' ')}\n[Install]\nWantedBy=default.target\n`);
    await user.systemctl('daemon-reload');
    await user.systemctl('enable', '--now', 'mneme-server.service');
    await until('the old server answers', async () => (await whoAnswers(port)) === 'mneme');
    await user.must(['truncate', '-s', '8G', '.mneme-server/big']);
    const script =
      '"$@" >out & pid=$!; until grep -q "msLeft.:[0-9]" out; do kill -0 "$pid" || break; sleep 0.1; done; kill -INT "$pid"; wait "$pid"; code=$?; cat out; exit "$code"';
    const watched = ['sh', '-c', script, 'sh', user.node, cli.entry, 'migrate', '--json'] as const;
    const { code, stdout } = await user.run(watched, { timeoutMs: 120_000 });
    assert.equal(code, 1);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const copied = events.filter(({ event }) => event === 'copied');
    assert.ok(
      copied.some(({ msLeft, total }) => Number(msLeft) > 0 && Number(total) > 8e9),
      stdout,
    );
    assert.match(JSON.stringify(events.at(-1)), /"message":"interrupted"/);
    await until('the old server answers', async () => (await whoAnswers(port)) === 'mneme');
    assert.equal((await cli.status('mneme-server')).state, 'not-installed');
    const left = await user.must(['find', '.local/state/memoryd/migrations']).catch(() => '');
    assert.equal(left, '');
  }),
);

test(
  'X01 a daemon with an adapter keeps its command, and its secrets leave the unit for a file of their own',
  { skip },
  withCli(async (user, cli) => {
    const port = await freePort();
    const program = join(user.home, 'bin', 'memory-mcp');
    const source =
      'const about = { words: process.argv.slice(2), key: process.env.OPENAI_API_KEY, level: process.env.RUST_LOG };\n' +
      "require('node:http').createServer((_, response) => response.end(JSON.stringify(about))).listen(Number(about.words[2].split(':')[1]), '127.0.0.1');\n";
    await user.write(program, `#!${user.node}\n${source}`, 0o755);
    const data = join(user.home, '.memory-mcp');
    await user.write(join(data, 'memories.jsonl'), '{}\n');
    const unit =
      `[Service]\nExecStart=${program} serve --bind 127.0.0.1:${port} --repo-path ${data}\n` +
      'Environment=OPENAI_API_KEY=very-secret RUST_LOG=info\n[Install]\nWantedBy=default.target\n';
    await user.write(join(user.home, '.config/systemd/user/memories.service'), unit);
    await user.systemctl('daemon-reload');
    await user.systemctl('enable', '--now', 'memories.service');
    const about = async () => (await fetch(`http://127.0.0.1:${port}/`)).json();
    const before = await until('it answers', about);
    const { code, stdout, stderr } = await cli.run(['migrate', '--json']);
    assert.equal(code, 0, stdout + stderr);
    assert.deepEqual(await until('it answers again', about), before);
    const { paths } = await cli.status('memory-mcp');
    const definition = await readFile(paths.config, 'utf8');
    assert.doesNotMatch(definition + stdout, /very-secret/);
    assert.deepEqual(JSON.parse(definition).adapter, 'memory-mcp');
    assert.deepEqual(JSON.parse(definition).secrets, ['OPENAI_API_KEY']);
    assert.equal(await readFile(join(data, 'memories.jsonl'), 'utf8'), '{}\n');
  }),
);
