// Files of a service that should be closed to other users, and what a shell's umask does to them.
import assert from 'node:assert/strict';
import { chmodSync, chownSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Cli, spoil } from '../support/cli.ts';
import { withStandaloneHome } from '../support/standalone-user.ts';
import { until } from '../support/until.ts';

const skip = process.platform === 'win32' ? 'Windows has access lists' : false;
const install = ['install', '--backend', 'standalone', '--no-login'];

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

/** What status says of open files. */
async function notes(cli: Cli): Promise<string[]> {
  return (await cli.status()).notes.map(({ text }) => text);
}

test(
  'a token or definition found open is named by status and closed by start, install and the host',
  { skip },
  () =>
    withStandaloneHome(async (cli) => {
      await cli.must(install);
      const { paths } = await cli.status();
      const token = readFileSync(paths.token, 'utf8');
      for (const close of [['start'], ['restart'], install, ['stop', 'start']]) {
        chmodSync(paths.token, 0o644);
        chmodSync(paths.config, 0o660);
        assert.deepEqual(await notes(cli), [
          `${paths.config} is open to other users`,
          `${paths.token} is open to other users`,
        ]);
        const verbs = close === install ? [install] : close.map((verb) => [verb]);
        for (const args of verbs) await cli.must(args);
        assert.deepEqual([modeOf(paths.token), modeOf(paths.config)], ['600', '600'], close.join(' '));
        assert.deepEqual(await notes(cli), []);
      }
      assert.equal(readFileSync(paths.token, 'utf8'), token);

      if (process.getuid?.() === 0) {
        chownSync(paths.token, 65534, 65534);
        assert.deepEqual(await notes(cli), [`${paths.token} belongs to another user`]);
        await cli.must(['start']);
        assert.equal(statSync(paths.token).uid, 0);
      }

      chmodSync(paths.token, 0o604);
      process.kill((await cli.status()).endpoint?.pid ?? 0, 'SIGKILL');
      await until('the next host closed it', () => modeOf(paths.token) === '600');
      await until('it is well', async () => (await cli.status()).healthy);
      await cli.must(['uninstall', '--purge', '--yes']);
    }),
);

/** Everything below a directory that others may open, or that we may not. */
function odd(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const stats = lstatSync(join(directory, name));
    const least = stats.isDirectory() ? 0o700 : 0o600;
    return !stats.isSymbolicLink() && !stats.isSocket() && (stats.mode & 0o700 & least) !== least;
  });
}

for (const umask of ['777', '000']) {
  test(`with umask ${umask} an install works, and its files are private`, { skip }, () =>
    withStandaloneHome(async (cli, home) => {
      const { run } = cli;
      const { stderr, code } = await run([...install, '--json'], { umask });
      assert.equal(code, 0, stderr);
      const status = await cli.status();
      assert.equal(status.healthy, true);
      for (const path of [status.paths.token, status.paths.config]) assert.equal(modeOf(path), '600', path);
      assert.deepEqual(odd(home), []);
      for (const path of [status.paths.logs, status.paths.runtime]) assert.equal(modeOf(path), '700', path);
      await cli.must(['uninstall', '--purge', '--yes']);
    }),
  );
}

test('a first install that fails leaves its log and nothing else', { skip }, () =>
  withStandaloneHome(async (cli, home, { XDG_RUNTIME_DIR: runtime = '' }) => {
    await spoil(join(cli.entry, '..', '..'), "console.error('no such option');process.exit(78)");
    assert.equal((await cli.run(install)).code, 1);
    const names = readdirSync(home, { recursive: true, encoding: 'utf8' });
    const left = names.filter((name) => lstatSync(join(home, name)).isFile());
    assert.deepEqual(
      left.filter((name) => !name.includes('/logs/memory/')),
      [],
    );
    assert.deepEqual(readdirSync(runtime), []);
    assert.match(await cli.must(['logs']), /no such option/);
    assert.equal((await cli.run(['status', 'memory'])).code, 4);
    await cli.run(['uninstall', '--purge', '--yes']);
    const after = readdirSync(home, { recursive: true, encoding: 'utf8' });
    assert.deepEqual(
      after.filter((name) => name.includes('memoryd')),
      [],
    );
  }),
);
