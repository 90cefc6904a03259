// Real daemons of other people, installed by the real CLI, on a real `systemd --user` and without any manager.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { findTree, type Tree } from '../../src/system/process-tree.ts';
import { realSystem } from '../../src/system/system.ts';
import type { Cli } from '../support/cli.ts';
import { markerOf } from '../support/foreign-home.ts';
import { withCli } from '../support/installed.ts';
import { isOpenToAll, repository } from '../support/lab.ts';
import { missingTools, needsUserManager, type Skip } from '../support/machine-needs.ts';
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

const node = '/usr/bin/node';
const modules = join(repository, 'node_modules', '@modelcontextprotocol');
const everything = join(modules, 'server-everything', 'dist', 'index.js');
const memory = join(modules, 'server-memory', 'dist', 'index.js');
const needsModules: Skip =
  missingTools([node]) || ((await isOpenToAll(memory)) ? false : 'the checkout is closed to other users');

interface Peer {
  name: string;
  skip: Skip;
  install: Install;
  /** Throws unless the right one answers. */
  use(cli: Cli, url: string): Promise<void>;
}

async function mcpTools(url: string, token?: string): Promise<string[]> {
  const client = new Client({ name: 'test', version: '1' });
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', url), { requestInit: { headers } }));
  const { tools } = await client.listTools();
  await client.close();
  return tools.map(({ name }) => name);
}

const peers: Peer[] = [
  {
    name: 'python’s http.server',
    skip: missingTools(['/usr/bin/python3']),
    install: [
      '--probe',
      'http:/',
      '--',
      '/usr/bin/python3',
      '-m',
      'http.server',
      '--bind',
      '127.0.0.1',
      '{port}',
    ],
    use: async (_cli, url) => assert.equal((await fetch(url)).status, 200),
  },
  {
    name: 'redis, which forks',
    skip: missingTools(['/usr/bin/redis-server']),
    install: ['--', '/usr/bin/redis-server', '--port', '{port}', '--bind', '127.0.0.1', '--dir', '{dataDir}'],
    async use(_cli, url) {
      const { createConnection } = await import('node:net');
      const socket = createConnection(Number(new URL(url).port), '127.0.0.1');
      socket.write('SET a 1\r\nBGSAVE\r\nQUIT\r\n');
      let said = '';
      for await (const chunk of socket) said += String(chunk);
      assert.match(said, /^\+OK\r\n\+Background saving started/);
    },
  },
  {
    name: 'server-everything over Streamable HTTP',
    skip: needsModules,
    install: ['--env', 'PORT={port}', '--probe', 'mcp:/mcp', '--', node, everything, 'streamableHttp'],
    use: async (_cli, url) => assert.ok((await mcpTools(url)).includes('echo')),
  },
  {
    name: 'server-memory, by its adapter, over the bridge',
    skip: needsModules,
    install: ['--adapter', 'server-memory', '--', node, memory],
    async use(cli, url) {
      const token = readFileSync((await cli.status('peer')).paths.token, 'utf8').trim();
      assert.ok((await mcpTools(url, token)).includes('create_entities'));
    },
  },
];

async function foreignOf(cli: Cli) {
  const { foreign, endpoint, healthy } = await cli.status('peer');
  return foreign?.pid != null && endpoint !== null && healthy ? { pid: foreign.pid, endpoint } : undefined;
}

/** Where a child's tree will be looked for: redis writes its title over the mark in its environment. */
function treeOf(pid: number): Tree {
  try {
    return { root: pid, marker: markerOf(pid) };
  } catch {
    return { root: pid, marker: 'overwritten' };
  }
}

const left = (tree: Tree) => findTree(realSystem(), tree);

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

            const firstTree = treeOf(first.pid);
            process.kill(first.pid, 'SIGKILL');
            const second = await until('its child is back', async () => {
              const now = await foreignOf(cli);
              return now?.pid === first.pid ? undefined : now;
            });
            assert.equal(second.endpoint.pid, first.endpoint.pid);
            assert.deepEqual(await left(firstTree), []);

            const secondTree = treeOf(second.pid);
            process.kill(second.endpoint.pid, 'SIGKILL');
            const third = await until('its host is back', async () => {
              const now = await foreignOf(cli);
              return now?.endpoint.pid === second.endpoint.pid ? undefined : now;
            });
            assert.deepEqual(await left(secondTree), []);
            assert.equal(third.endpoint.url, first.endpoint.url);
            await peer.use(cli, third.endpoint.url);

            const thirdTree = treeOf(third.pid);
            await cli.must(['stop', 'peer']);
            assert.deepEqual(await left(thirdTree), []);
            await assert.rejects(fetch(third.endpoint.url));
            await cli.must(['start', 'peer']);
            const fourth = await until('it answers again', () => foreignOf(cli));
            const fourthTree = treeOf(fourth.pid);
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
          const { config } = (await cli.status('peer')).paths;
          assert.ok(!readFileSync(config, 'utf8').includes(secret));
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
        const table: [Install, RegExp][] = [
          [['--', '/usr/bin/no-such-program', '{port}'], /command: not found: \/usr\/bin\/no-such-program/],
          [['--', '/usr/bin/python3', '{prot}'], /command\.1: no such placeholder: \{prot\}/],
          [['--', '/usr/bin/python3', '-m', 'http.server'], /command: it is not told its port/],
          [['--adapter', 'no-such-adapter'], /adapter: there is none called "no-such-adapter"/],
          [['--adapter', '../../etc/passwd'], /adapter: /],
        ];
        for (const [flags, message] of table) {
          const { code, stderr } = await cli.run(['install', 'peer', ...world.flags, ...flags]);
          assert.equal(code, 78, stderr);
          assert.match(stderr, message);
        }
        assert.equal((await cli.run(['status', 'peer'])).code, 4);
      }));
  });
}
