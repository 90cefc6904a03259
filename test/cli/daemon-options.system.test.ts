import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { test } from 'node:test';
import { Command } from 'commander';
import { addDaemonOptions, daemonOverrides } from '../../src/cli/daemon-options.ts';
import { ended, HostHome } from '../support/host-home.ts';

const parse = (...args: string[]) =>
  daemonOverrides(addDaemonOptions(new Command()).exitOverride().parse(args, { from: 'user' }).opts());

test('each flag is one field of the settings, and nothing said is nothing', () => {
  assert.equal(parse(), undefined);
  assert.deepEqual(parse('--listen', '::1'), { listen: '::1' });
  for (const [flag, field] of [
    ['--idle-timeout-secs', 'idleTimeoutSecs'],
    ['--max-session-lifetime-secs', 'maxLifetimeSecs'],
    ['--max-sessions', 'maxSessions'],
    ['--session-rate-limit', 'rateLimit'],
    ['--session-rate-window-secs', 'rateWindowSecs'],
  ] as const) {
    assert.deepEqual(parse(flag, '0'), { sessions: { [field]: 0 } });
  }
});

const initialize = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'tester', version: '1' } },
});

async function openSession(url: string, token: string): Promise<IncomingMessage> {
  const sent = request(new URL('/mcp', url), {
    method: 'POST',
    agent: false,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
  }).end(initialize);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  return response;
}

test('host: a flag goes over the variable, the variable over the definition, for this run alone', async () => {
  await using home = await HostHome.create({ daemon: { sessions: { rateLimit: 1 } } });
  const opened = async (flags: string[], env: Record<string, string>) => {
    const child = home.spawnCli(flags, env);
    const { endpoint } = await home.ready();
    const token = readFileSync(home.paths.token, 'utf8').trim();
    let count = 0;
    let refused: IncomingMessage | undefined;
    while (refused === undefined && count < 10) {
      const answer = await openSession(endpoint.url, token);
      if (answer.statusCode === 200) count += 1;
      else refused = answer;
    }
    assert.equal(refused?.statusCode, 429);
    assert.ok(Number(refused.headers['retry-after']) > 0);
    child.kill('SIGTERM');
    assert.deepEqual(await ended(child), { code: 0, signal: null });
    return count;
  };
  const variable = { MEMORYD_SESSION_RATE_LIMIT: '2' };
  assert.equal(await opened([], {}), 1);
  assert.equal(await opened([], variable), 2);
  assert.equal(await opened(['--session-rate-limit', '3'], variable), 3);
  assert.equal(await opened([], {}), 1);
});

test('host --listen: another address of loopback is bound and published', async () => {
  await using home = await HostHome.create();
  home.spawnCli(['--listen', '::1']);
  const { endpoint } = await home.ready();
  assert.equal(endpoint.url, `http://[::1]:${home.port}`);
});

test('host --listen beyond loopback without API keys is refused before anything is bound, with exit 78', async () => {
  await using home = await HostHome.create();
  const child = home.spawnCli(['--listen', '0.0.0.0']);
  const [words] = await once(child.stderr ?? assert.fail(), 'data');
  assert.match(String(words), /listen: .*sync\.apiKeys/);
  assert.deepEqual(await ended(child), { code: 78, signal: null });
});

test('host --supervise hands its flags to what it supervises', async () => {
  await using home = await HostHome.create();
  home.spawnCli(['--supervise', '--listen', '::1']);
  const { endpoint } = await home.ready();
  assert.equal(endpoint.url, `http://[::1]:${home.port}`);
  process.kill(endpoint.pid, 'SIGKILL');
  assert.equal((await home.ready(endpoint.nonce)).endpoint.url, endpoint.url);
});
