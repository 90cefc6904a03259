// The life of sessions as the user of an installed service sees it: flags, log lines, status, a restart.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Cli } from '../support/cli.ts';
import { tokenOf } from '../support/installed.ts';
import { SessionClient } from '../support/session-client.ts';
import { withStandaloneHome } from '../support/standalone-user.ts';
import { until } from '../support/until.ts';

const skip = process.platform === 'win32' ? 'Windows has no standalone backend' : false;

const flags = {
  '--idle-timeout-secs': 2,
  '--max-session-lifetime-secs': 8,
  '--max-sessions': 3,
  '--session-rate-limit': 0,
};

async function clientOf(cli: Cli): Promise<SessionClient> {
  const { endpoint } = await cli.status();
  return new SessionClient(endpoint?.url ?? assert.fail('nothing answers'), await tokenOf(cli));
}

interface Line {
  event: string;
  id: string;
  client: string;
  durationMs?: number;
  reason?: string;
}

async function linesOf(cli: Cli): Promise<Line[]> {
  const text = await cli.must(['logs', '--json', '-n', '1000']);
  const lines = text.trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Line).filter(({ event }) => event.startsWith('session.'));
}

test(
  'sessions of an installed service: each of the five reasons is logged and counted, and its client goes on or is told',
  {
    skip,
  },
  () =>
    withStandaloneHome(async (cli) => {
      const said = Object.entries(flags).flatMap(([flag, value]) => [flag, String(value)]);
      await cli.must(['install', '--backend', 'standalone', '--no-login', ...said]);
      const client = await clientOf(cli);

      const evicted = await client.open('first');
      const ended = await client.open('second');
      const idle = await client.open('third');
      const busy = await client.open('fourth');
      await client.goesOn(evicted);
      await client.end(ended);
      const used = new Set([idle, busy]);
      const using = (async () => {
        while (used.size > 0) {
          for (const id of used) await client.list(id);
          await delay(100);
        }
      })();
      const open = await cli.status();
      assert.equal(open.counters.sessionsOpen, 2);
      const shown = await cli.must(['status', 'memory']);
      assert.match(shown, /^ {2}sessions open +2$/m);
      assert.match(shown, /^ {2}sessions closed, evicted +1$/m);
      assert.match(shown, /^ {2}sessions closed, client closed +1$/m);

      const closed = async () => (await linesOf(cli)).filter(({ event }) => event === 'session.closed');
      used.delete(idle);
      await until('the busy one has lived its time', async () =>
        (await closed()).some(({ id }) => id === busy),
      );
      used.clear();
      await using;
      await client.goesOn(idle);
      await client.gone(ended, 'client_closed');
      await client.gone(busy, 'max_lifetime');
      const last = await client.open('last');
      assert.equal(await client.sessionless(), 200);
      await cli.must(['restart']);

      const again = await clientOf(cli);
      assert.equal(await again.sessionless(), 200, 'who has no session notices nothing');
      await again.goesOn(last);
      assert.equal((await again.list(await again.open('last'))).status, 200);

      const lines = await linesOf(cli);
      assert.deepEqual(
        lines.filter(({ event }) => event === 'session.continued').map(({ id, reason }) => [id, reason]),
        [
          [evicted, 'evicted'],
          [idle, 'idle_timeout'],
          [last, 'daemon_restarted'],
        ],
      );
      const created = lines.filter(({ event }) => event === 'session.created');
      assert.deepEqual(
        created.map(({ client: name }) => name),
        ['first', 'second', 'third', 'fourth', 'last', 'last'],
      );
      assert.deepEqual(
        (await closed()).map(({ id, client: name, reason }) => [id, name, reason]),
        [
          [evicted, 'first', 'evicted'],
          [ended, 'second', 'client_closed'],
          [idle, 'third', 'idle_timeout'],
          [busy, 'fourth', 'max_lifetime'],
          [last, 'last', 'shutdown'],
        ],
      );
      const lasted = new Map((await closed()).map(({ id, durationMs }) => [id, durationMs ?? -1]));
      assert.ok(Number(lasted.get(idle)) >= 1_999);
      assert.ok(Number(lasted.get(busy)) >= 7_999);
      await cli.must(['uninstall', '--purge', '--yes']);
    }),
);

test(
  'a variable in the definition sets a limit too, and a wrong one stops the service with exit 78',
  { skip },
  () =>
    withStandaloneHome(async (cli) => {
      const install = ['install', '--backend', 'standalone', '--no-login'];
      await cli.must([...install, '--env', 'MEMORYD_MAX_SESSIONS=1', '--max-sessions', '5']);
      const client = await clientOf(cli);
      const first = await client.open('first');
      await client.open('second');
      await client.goesOn(first);

      const { code, stderr } = await cli.run([...install, '--env', 'MEMORYD_MAX_SESSIONS=many']);
      assert.notEqual(code, 0);
      assert.match(stderr, /MEMORYD_MAX_SESSIONS=many: must be a whole number/);
      assert.equal((await cli.status()).state, 'running', 'what ran before runs');
      for (const [flag, wrong, exitCode] of [
        ['--idle-timeout-secs', '2147484', 2],
        ['--max-sessions', '9999999', 2],
        ['--session-rate-window-secs', '2147484', 2],
        ['--session-rate-limit', '-1', 2],
        ['--max-session-lifetime-secs', 'soon', 2],
      ] as const) {
        assert.equal((await cli.run([...install, flag, wrong])).code, exitCode, `${flag} ${wrong}`);
      }
      await cli.must(['uninstall', '--purge', '--yes']);
    }),
);
