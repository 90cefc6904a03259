// Real daemons of other people, installed by the real CLI, on a real `systemd --user` and without any manager.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readSupervisor } from '../../src/runtime/supervisor-file.ts';
import { realSystem } from '../../src/system/system.ts';
import type { Cli } from '../support/cli.ts';
import { type Peer, peers } from '../support/external-peers.ts';
import { familyOf, left } from '../support/family.ts';
import { withCli } from '../support/installed.ts';
import { missingTools, needsUserManager, type Skip } from '../support/machine-needs.ts';
import { freshName } from '../support/service-name.ts';
import { withStandaloneHome } from '../support/standalone-user.ts';
import { until } from '../support/until.ts';

type Install = readonly string[];

interface World {
  name: string;
  skip: Skip;
  /** Added to every install. */
  flags: Install;
  run(body: (cli: Cli) => Promise<void>): Promise<void>;
}

const linux: Skip = process.platform === 'linux' ? false : 'reads /proc';
const worlds: World[] = [
  { name: 'systemd', skip: needsUserManager, flags: [], run: (body) => withCli((_user, cli) => body(cli))() },
  {
    name: 'standalone',
    skip: linux,
    flags: ['--backend', 'standalone', '--no-login'],
    run: (body) => withStandaloneHome((cli) => body(cli)),
  },
];

async function foreignOf(cli: Cli, service = 'peer') {
  const { external, endpoint, healthy } = await cli.status(service);
  return external?.pid != null && endpoint !== null && healthy ? { pid: external.pid, endpoint } : undefined;
}

for (const world of worlds) {
  describe(`on ${world.name}`, { skip: world.skip }, () => {
    for (const peer of peers) {
      it(
        `${peer.name}: installed, killed, killed with its host, stopped, uninstalled; nothing left`,
        { skip: peer.skip },
        () =>
          world.run(async (cli) => {
            await cli.must(['install', 'peer', ...world.flags, ...peer.install]);
            const first = await until('it answers', () => foreignOf(cli));
            await peer.use(cli, first.endpoint.url);
            const again = JSON.parse(await cli.must(['install', 'peer', '--json'])) as { changed: boolean };
            assert.equal(again.changed, false);

            const firstTree = await familyOf(peer, first.pid, first.endpoint.url);
            process.kill(first.pid, 'SIGKILL');
            const second = await until('its child is back', async () => {
              const now = await foreignOf(cli);
              return now?.pid === first.pid ? undefined : now;
            });
            assert.equal(second.endpoint.pid, first.endpoint.pid);
            assert.deepEqual(await left(firstTree), []);

            const secondTree = await familyOf(peer, second.pid, second.endpoint.url);
            process.kill(second.endpoint.pid, 'SIGKILL');
            const third = await until('its host is back', async () => {
              const now = await foreignOf(cli);
              return now?.endpoint.pid === second.endpoint.pid ? undefined : now;
            });
            assert.deepEqual(await left(secondTree), []);
            assert.equal(third.endpoint.url, first.endpoint.url);
            await peer.use(cli, third.endpoint.url);

            const thirdTree = await familyOf(peer, third.pid, third.endpoint.url);
            await cli.must(['stop', 'peer']);
            assert.deepEqual(await left(thirdTree), []);
            await assert.rejects(fetch(third.endpoint.url));
            await cli.must(['start', 'peer']);
            const fourth = await until('it answers again', () => foreignOf(cli));
            const fourthTree = await familyOf(peer, fourth.pid, fourth.endpoint.url);
            await cli.must(['uninstall', 'peer', '--purge', '--yes']);
            assert.deepEqual(await left(fourthTree), []);
            assert.equal((await cli.run(['status', 'peer'])).code, 4);
          }),
      );
    }

    it(
      'gives a daemon its secrets, and shows them to nobody else (X01)',
      { skip: missingTools(['/usr/bin/python3']) },
      () =>
        world.run(async (cli) => {
          const secret = `s3cret-${Math.random().toString(36).slice(2)}`;
          const serve = [
            'import http.server, os, sys',
            'class H(http.server.BaseHTTPRequestHandler):',
            '  def do_GET(self):',
            '    self.send_response(200); self.end_headers(); self.wfile.write(str(len(os.environ["API_KEY"])).encode())',
            'print("the key is", os.environ["API_KEY"], flush=True)',
            'http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), H).serve_forever()',
          ].join('\n');
          const install = [
            '--secret',
            'API_KEY',
            '--probe',
            'http:/',
            '--',
            '/usr/bin/python3',
            '-c',
            serve,
            '{port}',
          ];
          const env = { API_KEY: secret };
          const shown = await cli.run(['install', 'peer', ...world.flags, '--dry-run', ...install], { env });
          const done = await cli.run(['install', 'peer', ...world.flags, '--json', ...install], { env });
          assert.equal(done.code, 0, done.stderr);
          const { endpoint } = await until('it answers', () => foreignOf(cli));
          assert.equal(await (await fetch(endpoint.url)).text(), String(secret.length));
          const log = await until('it has printed the key', async () => {
            const text = await cli.must(['logs', 'peer']);
            return text.includes('the key is') ? text : undefined;
          });
          assert.match(log, /the key is \*\*\*/);
          const status = await cli.run(['status', 'peer', '--json']);
          const print = await cli.run(['print', 'peer', '--json']);
          for (const { stdout, stderr } of [shown, done, status, print])
            assert.ok(!`${stdout}${stderr}`.includes(secret));
          // What a change keeps of before is searched as well.
          await cli.must(['install', 'peer', '--description', 'changed']);
          await until('it answers again', () => foreignOf(cli));
          const { config } = (await cli.status('peer')).paths;
          const home = config.slice(0, config.indexOf('/.config/'));
          const holding = readdirSync(home, { recursive: true, withFileTypes: true })
            .filter((one) => one.isFile())
            .map((one) => join(one.parentPath, one.name))
            .filter((path) => readFileSync(path).includes(secret));
          assert.deepEqual(holding, [config.replace(/\.json$/, '.env')]);
          assert.equal(statSync(holding[0] as string).mode & 0o777, 0o600);
          const { pid } = (await foreignOf(cli)) ?? {};
          const host = (await cli.status('peer')).endpoint?.pid;
          for (const one of [host, pid]) assert.ok(!readFileSync(`/proc/${one}/cmdline`).includes(secret));
          await cli.must(['uninstall', 'peer', '--purge', '--yes']);
        }),
    );

    it(
      'keeps the daemon that runs when a change to it does not come up (X07)',
      { skip: missingTools(['/usr/bin/python3']) },
      () =>
        world.run(async (cli) => {
          const serve = ['/usr/bin/python3', '-m', 'http.server', '--bind', '127.0.0.1', '{port}'];
          await cli.must(['install', 'peer', ...world.flags, '--probe', 'http:/', '--', ...serve]);
          const before = readFileSync((await cli.status('peer')).paths.config, 'utf8');
          const bad = ['/usr/bin/python3', '-c', 'print("it is all wrong"); exit(7)', '{port}'];
          const { code, stderr } = await cli.run(['install', 'peer', '--', ...bad]);
          assert.equal(code, 1);
          assert.match(stderr, /it is all wrong/);
          const { endpoint } = await until('the old one answers', () => foreignOf(cli));
          assert.equal((await fetch(endpoint.url)).status, 200);
          assert.equal(readFileSync((await cli.status('peer')).paths.config, 'utf8'), before);
          await cli.must(['uninstall', 'peer', '--purge', '--yes']);
        }),
    );

    it('installs nothing when the definition or the command is wrong, and names the field', () =>
      world.run(async (cli) => {
        const table: [Install, RegExp, number?][] = [
          [['--', '/usr/bin/no-such-program', '{port}'], /command: not found: \/usr\/bin\/no-such-program/],
          [['--', '/usr/bin/python3', '{prot}'], /command: unknown placeholder \{prot\}/, 2],
          [['--', '/usr/bin/python3', '-m', 'http.server'], /command: has no \{port\}/],
          [['--adapter', 'no-such-adapter'], /there is no adapter called "no-such-adapter"/],
          [['--adapter', '../../etc/passwd'], /--adapter: /, 2],
        ];
        for (const [flags, message, expected = 78] of table) {
          const { code, stderr } = await cli.run(['install', 'peer', ...world.flags, ...flags]);
          assert.equal(code, expected, stderr);
          assert.match(stderr, message);
        }
        assert.equal((await cli.run(['status', 'peer'])).code, 4);
      }));
  });
}

describe('without a service manager, when host and supervisor are killed together', {
  skip: linux || missingTools(['/usr/bin/python3']),
}, () => {
  for (const [verb, ...flags] of [['stop'], ['uninstall', '--purge', '--yes']] as const) {
    it(`${verb} ends what has left the daemon (L08)`, () =>
      withStandaloneHome(async (cli, home) => {
        // A port of its own: a daemon that finds it taken ends, and all that came of it.
        const { name, release } = await freshName(userInfo().username);
        const peer = peers.find(({ pids }) => pids !== undefined) as Peer;
        await cli.must(['install', name, '--backend', 'standalone', '--no-login', ...peer.install]);
        const { pid, endpoint } = await until('it answers', () => foreignOf(cli, name));
        const family = await familyOf(peer, pid, endpoint.url);
        const state = join(home, '.local', 'state', 'memoryd', 'services', name);
        const supervisor = await readSupervisor(realSystem().files, { state });
        const both = [endpoint.pid, supervisor?.pid as number];
        // Stopped first: a host that notices the end of its supervisor ends everything itself.
        for (const one of both) process.kill(one, 'SIGSTOP');
        for (const one of both) process.kill(one, 'SIGKILL');
        await until('its group is gone', async () => (await left(family)).length === 1);
        await cli.must([verb, name, ...flags]);
        assert.deepEqual(await left(family), []);
        release();
      }));
  }
});
