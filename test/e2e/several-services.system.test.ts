// Several services of one user, the bundled daemon among them, by the real CLI.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ServiceStatus } from '../../src/service/status.ts';
import { httpServer } from '../support/external-peers.ts';
import { missingTools } from '../support/machine-needs.ts';
import { withStandaloneHome } from '../support/standalone-user.ts';

const posix = process.platform === 'win32' ? 'no standalone there' : false;

it(
  'several services have a port, logs and an end each, and list and status show them all',
  {
    skip: posix || missingTools(['/usr/bin/python3']),
  },
  () =>
    withStandaloneHome(async (cli) => {
      const flags = ['--backend', 'standalone', '--no-login'];
      await cli.must(['install', ...flags]);
      for (const name of ['one', 'two']) await cli.must(['install', name, ...flags, ...httpServer]);
      const all = async () =>
        (JSON.parse(await cli.must(['status', '--json'])) as { services: ServiceStatus[] }).services;
      const seen = await all();
      assert.deepEqual(
        seen.map(({ name, state, healthy }) => [name, state, healthy]).sort(),
        ['memory', 'one', 'two'].map((name) => [name, 'running', true]),
      );
      const distinct = (of: (status: ServiceStatus) => unknown) => new Set(seen.map(of)).size;
      assert.equal(
        distinct(({ endpoint }) => endpoint?.port),
        3,
      );
      assert.equal(
        distinct(({ endpoint }) => endpoint?.pid),
        3,
      );
      assert.equal(
        distinct(({ paths }) => paths.logs),
        3,
      );
      assert.equal(
        distinct(({ paths }) => paths.config),
        3,
      );
      const listed = JSON.parse(await cli.must(['list', '--json'])) as {
        services: { name: string; url: string }[];
      };
      assert.deepEqual(
        new Map(listed.services.map(({ name, url }) => [name, url])),
        new Map(seen.map(({ name, endpoint }) => [name, endpoint?.url])),
      );

      await cli.must(['stop', 'one']);
      await cli.must(['uninstall', 'two', '--purge', '--yes']);
      const { services } = JSON.parse((await cli.run(['status', '--json'])).stdout) as {
        services: ServiceStatus[];
      };
      assert.deepEqual(services.map(({ name, state }) => [name, state]).sort(), [
        ['memory', 'running'],
        ['one', 'stopped'],
      ]);
      const memory = (list: ServiceStatus[]) => list.find(({ name }) => name === 'memory')?.endpoint?.pid;
      assert.equal(memory(services), memory(seen), 'nobody else was disturbed');
    }),
);
