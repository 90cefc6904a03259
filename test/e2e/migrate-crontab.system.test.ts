import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { blocksIn, linesIn } from '../support/guide.ts';
import { withCli } from '../support/installed.ts';
import { freePort, paste, whoAnswers, withServer } from '../support/legacy.ts';
import { missingTools, needsUserManager } from '../support/machine-needs.ts';
import { until } from '../support/until.ts';
import type { LabUser } from '../support/user-manager.ts';

const skip = needsUserManager || missingTools(['crontab']);

/** Lines that are nobody's business here; the first is not UTF-8. */
const others = String.raw`# caf\351\n0 3 * * *  echo "100%%"  >/dev/null\n@reboot /bin/true mneme-server\n`;

/** Puts a table in place; `bytes` is a format of printf's. */
const setCrontab = (user: LabUser, bytes: string) =>
  user.must(['sh', '-c', 'printf "$1" | crontab -', 'sh', bytes]);

/** The hash of the table, without the lines that `memoryd` puts there. */
const tableHash = (user: LabUser) =>
  user.must(['sh', '-c', 'crontab -l | grep -av "# memoryd:" | sha256sum']);

/** As cron starts it: on its own, knowing nothing of systemd. */
const startLikeCron = (user: LabUser, argv: readonly string[]) =>
  user.must(['systemd-run', '--user', '--unit=cron-like', ...argv]);

test(
  'X03 an @reboot line goes with the very process it started, every other byte of the table stays, and the guide leads back',
  { skip },
  withServer(async (user, cli, port, argv) => {
    await setCrontab(user, others);
    const without = await tableHash(user);
    await setCrontab(user, `${others}@reboot ${argv.join(' ')} >/dev/null 2>&1\\n`);
    const before = await tableHash(user);
    await startLikeCron(user, argv);
    const alike = [
      'systemd-run',
      '--user',
      '--unit=alike',
      user.node,
      '-e',
      'setInterval(() => 0, 1e6)',
    ] as const;
    await user.must([...alike, 'mneme-server.mjs']);
    await until('the old server answers', async () => (await whoAnswers(port)) === 'mneme');
    const pid = () => user.systemctl('show', '-p', 'MainPID', '--value', 'alike.service');
    const other = await pid();
    for (const line of linesIn('crontab', 'From an @reboot line')) {
      const ran = await paste(user, cli, line);
      assert.equal(ran.code, 0, `${line}: ${ran.stdout}${ran.stderr}`);
    }
    assert.equal(await whoAnswers(port), 'memoryd');
    assert.equal(await tableHash(user), without);
    assert.equal(await pid(), other);

    for (const line of linesIn('crontab', 'Verify')) {
      const ran = await paste(user, cli, line);
      assert.equal(ran.code, 0, `${line}: ${ran.stdout}${ran.stderr}`);
    }
    const [back = ''] = blocksIn('crontab', 'Go back');
    const went = await paste(user, cli, back.replace('<name>', 'mneme-server'));
    assert.equal(went.code, 0, went.stdout + went.stderr);
    assert.equal(await tableHash(user), before);
    assert.equal((await cli.status('mneme-server')).state, 'not-installed');
  }),
);

test(
  'the line that the new service puts into the same table stays when the old one goes',
  { skip },
  withServer(async (user, cli, port, argv) => {
    await setCrontab(user, others);
    const without = await tableHash(user);
    await setCrontab(user, `@reboot ${argv.join(' ')}\\n${others}`);
    const { code, stderr } = await cli.run(['migrate', '--from', 'crontab', '--backend', 'standalone']);
    assert.equal(code, 0, stderr);
    assert.equal(await whoAnswers(port), 'memoryd');
    assert.equal(await tableHash(user), without);
    assert.match(await user.must(['crontab', '-l']), /^@reboot .* # memoryd:mneme-server:/m);
    await cli.must(['uninstall', 'mneme-server']);
  }),
);

/** A server of the user's own that no adapter knows; under memoryd it fails when a file says so. */
const notes = (port: number) => `import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
if (process.env._MEMORYD_TREE && existsSync(process.env.HOME + '/fail')) process.exit(3);
const about = { color: process.env.COLOR, pid: process.pid };
createServer((_, response) => response.end(JSON.stringify(about))).listen(${port}, '127.0.0.1');
`;

test(
  'X03 --keep-old leaves the line as a comment, which a later run takes away, and nothing of the new service with it',
  { skip },
  withCli(async (user, cli) => {
    const port = await freePort();
    const script = join(user.home, 'notes.mjs');
    await user.write(script, notes(port));
    const command = `${user.node} ${script} --port ${port}`;
    await setCrontab(user, `COLOR = dark blue\\n@reboot ${command}\\n`);
    await startLikeCron(user, command.split(' '));
    const about = async () =>
      (await (await fetch(`http://127.0.0.1:${port}/`)).json()) as { color: string; pid: number };
    const old = await until('it answers', about);
    const from = ['--from', `crontab:${command}`];

    await user.write(join(user.home, 'fail'), '');
    const failed = await cli.run(['migrate', 'notes', ...from]);
    assert.equal(failed.code, 1, failed.stderr);
    assert.equal(await user.must(['crontab', '-l']), `COLOR = dark blue\n@reboot ${command}\n`);
    const again = await until('the old one answers again', about);
    assert.notEqual(again.pid, old.pid);
    assert.equal(again.color, 'dark blue');
    await user.must(['rm', 'fail']);

    const kept = await cli.run(['migrate', 'notes', ...from, '--keep-old']);
    assert.equal(kept.code, 0, kept.stderr);
    assert.equal(
      await user.must(['crontab', '-l']),
      `COLOR = dark blue\n# kept by memoryd: @reboot ${command}\n`,
    );
    const now = await until('it answers again', about);
    assert.equal(now.color, 'dark blue');
    const removed = await cli.run(['migrate', ...from]);
    assert.equal(removed.code, 0, removed.stderr);
    assert.equal(await user.must(['crontab', '-l']), 'COLOR = dark blue\n');
    assert.deepEqual(await about(), now);
    assert.equal((await cli.status('notes')).state, 'running');
  }),
);
