import assert from 'node:assert/strict';
import { type ListenOptions, Server } from 'node:net';
import test from 'node:test';
import { choosePort } from '../../../src/install/choose-port.ts';
import { addressOf, listenOnFirst } from '../../../src/runtime/listen.ts';
import { checkDefinition, type Definition } from '../../../src/service/definition.ts';
import { portCandidates } from '../../../src/service/port.ts';
import { realSystem, type System } from '../../../src/system/system.ts';

/** Hyper-V reserves whole ranges of ports: Windows then says EACCES, where a taken port is EADDRINUSE. */
class ExcludedRange extends Server {
  readonly tried: number[] = [];
  readonly #excluded: (port: number) => boolean;

  constructor(excluded: (port: number) => boolean) {
    super();
    this.#excluded = excluded;
  }

  override listen(options: unknown): this {
    const { port = 0 } = options as ListenOptions;
    this.tried.push(port);
    if (port === 0 || !this.#excluded(port)) return super.listen({ host: '127.0.0.1', port: 0 });
    const error = Object.assign(new Error('listen EACCES'), { code: 'EACCES' });
    queueMicrotask(() => this.emit('error', error));
    return this;
  }
}

const ports = [8321, 8322, 8323];

test('a host passes over ports that Windows keeps for itself (W16)', async () => {
  const server = new ExcludedRange((port) => port < 8323);
  await listenOnFirst(server, { host: '127.0.0.1', ports, fixed: false }, () => undefined);
  assert.deepEqual(server.tried, ports);
  server.close();
});

test('where the whole range is kept, it takes any port there is (W16)', async () => {
  const server = new ExcludedRange(() => true);
  await listenOnFirst(server, { host: '127.0.0.1', ports, fixed: false }, () => undefined);
  assert.deepEqual(server.tried, [...ports, 0]);
  assert.ok(addressOf(server).port > 0);
  server.close();
});

test('a fixed port that can never be had is bad configuration, not a loop (W16)', async () => {
  const server = new ExcludedRange(() => true);
  const wish = { host: '127.0.0.1', ports: [8321], fixed: true };
  await assert.rejects(
    listenOnFirst(server, wish, () => undefined),
    { kind: 'configuration' },
  );
});

test('an install chooses a port outside excluded ranges (W16)', async () => {
  const checked = checkDefinition({ schema: 1, name: 'memory' });
  const { definition } = checked as { definition: Definition };
  const real = realSystem();
  const [, second, third] = portCandidates(real.user.name, 'memory', 'win32');
  const probe = async (_host: string, port: number) => (port === third ? 'free' : 'denied');
  const system: System = { ...real, platform: 'win32', network: { ...real.network, probe } };
  const { port } = await choosePort(system, definition, undefined, undefined);
  assert.equal(port, third);
  assert.notEqual(second, third);
});
