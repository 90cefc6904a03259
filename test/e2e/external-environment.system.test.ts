// What a daemon is given of the shell it is installed from, by the real CLI.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import type { Cli } from '../support/cli.ts';
import { missingTools } from '../support/machine-needs.ts';
import { withStandaloneHome } from '../support/standalone-user.ts';
import { until } from '../support/until.ts';

const linux = process.platform === 'linux' ? false : 'reads /proc';

const install = [
  ...['install', 'peer', '--backend', 'standalone', '--no-login', '--probe', 'http:/', '--'],
  ...['/usr/bin/python3', '-m', 'http.server', '--bind', '127.0.0.1', '{port}'],
];

/** The environment of the daemon itself. */
async function environmentOf(cli: Cli): Promise<Record<string, string>> {
  const pid = await until('the daemon runs', async () => {
    const { external, healthy } = await cli.status('peer');
    return healthy ? external?.pid : undefined;
  });
  const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean);
  return Object.fromEntries(entries.map((entry) => entry.split(/=(.*)/s).slice(0, 2)));
}

it(
  'a daemon gets what is on the list of the installing shell’s environment, print shows it, install refreshes it (M06, M16, X01)',
  {
    skip: linux || missingTools(['/usr/bin/python3']),
  },
  () =>
    withStandaloneHome(async (cli) => {
      const shell = {
        LC_TIME: 'C.UTF-8',
        HTTPS_PROXY: 'http://user:s3cret@proxy.example:3128',
        REQUESTS_CA_BUNDLE: '/etc/ssl/certs/ca-certificates.crt',
        AWS_SECRET_ACCESS_KEY: 'left behind',
        NODE_OPTIONS: '--no-warnings',
      };
      await cli.must(install, { env: shell });
      const first = await environmentOf(cli);
      for (const name of ['LC_TIME', 'HTTPS_PROXY', 'REQUESTS_CA_BUNDLE'] as const)
        assert.equal(first[name], shell[name]);
      assert.equal(first.AWS_SECRET_ACCESS_KEY, undefined);
      assert.equal(first.NODE_OPTIONS, undefined);
      assert.equal(first.MALLOC_ARENA_MAX, undefined, 'what our own processes run with is ours');
      assert.ok(first.HOME && first.PATH);

      const { stderr, stdout } = await cli.run(['print', 'peer']);
      assert.match(stderr, /^environment: LC_TIME=C\.UTF-8$/m);
      assert.match(stderr, /^environment: HTTPS_PROXY=http:\/\/\*\*\*@proxy\.example:3128$/m);
      assert.match(stderr, /^environment: PATH=\//m);
      assert.doesNotMatch(`${stdout}${stderr}`, /s3cret|left behind/);

      const again = await cli.must(['install', 'peer', '--json'], { env: { ...shell, LC_TIME: 'POSIX' } });
      assert.equal((JSON.parse(again) as { changed: boolean }).changed, true);
      const second = await environmentOf(cli);
      assert.equal(second.LC_TIME, 'POSIX');

      const { external } = await cli.status('peer');
      assert.ok((external?.memoryBytes ?? 0) > 2 * 1024 ** 2, 'status tells how much memory it takes');
      assert.match(
        await cli.must(['status', 'peer']),
        /daemon +custom command, pid \d+, live, ready, \d+ MB$/m,
      );
      await cli.must(['uninstall', 'peer', '--purge', '--yes']);
    }),
);
