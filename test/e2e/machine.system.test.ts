import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { cliIn, packageEntries } from '../support/cli.ts';
import { needsMachine } from '../support/machine-needs.ts';
import { type Machine, withMachine } from '../support/systemd-machine.ts';
import { until } from '../support/until.ts';

/** Whether the daemon of the machine's user answers on `port`: the container shares this network. */
async function answers(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
  }
}

/** Milliseconds until the port answers, or until it does not. */
async function timeUntil(port: number, wanted: boolean, since = performance.now()): Promise<number> {
  await until(
    `${wanted ? 'answers' : 'gone'} on ${port}`,
    async () => (await answers(port)) === wanted,
    60_000,
  );
  return Math.round(performance.now() - since);
}

async function installFor(machine: Machine, args: string[]): Promise<number> {
  const directory = await machine.bring(packageEntries);
  const bob = {
    node: machine.node,
    run: (argv: readonly [string, ...string[]]) => machine.login('bob', argv, { timeoutMs: 120_000 }),
  };
  const cli = cliIn(bob, directory);
  const { code, stdout, stderr } = await cli.run(['install', '--json', ...args]);
  assert.equal(code, 0, stdout + stderr);
  return (JSON.parse(stdout) as { port: number }).port;
}

test('L03 it starts at login and is gone after logout', { skip: needsMachine }, (t: TestContext) =>
  withMachine(async (machine) => {
    const port = await installFor(machine, []);
    await timeUntil(port, false);
    const began = performance.now();
    const session = await machine.session('bob');
    t.diagnostic(`login to answer: ${await timeUntil(port, true, began)} ms`);
    const ended = performance.now();
    await session.logout();
    t.diagnostic(`logout to gone: ${await timeUntil(port, false, ended)} ms`);
  }),
);

test('L02 with linger it outlives logout and starts at boot', { skip: needsMachine }, (t: TestContext) =>
  withMachine(async (machine) => {
    const port = await installFor(machine, ['--linger']);
    assert.ok(await answers(port), 'it went with the session that installed it');
    const began = performance.now();
    await machine.reboot();
    t.diagnostic(`reboot to answer: ${await timeUntil(port, true, began)} ms`);
  }),
);
