import { freePort } from '../../../test/support/host-home.ts';
import { Load, type Tally } from '../../../test/support/load.ts';
import { Pm2 } from '../pm2.ts';
import { firstAnswer } from '../processes.ts';
import type { Row, Section, Table } from '../result.ts';
import { withStage } from '../stage.ts';

const clients = 8;
const times = 20;

/**
 * Sends requests from `clients` clients all the time while `disturb` is repeated. Returns what happened to the
 * requests.
 */
async function underLoad(port: number, disturb: () => void | Promise<void>): Promise<Tally> {
  await using load = new Load(port, clients);
  await load.more(clients);
  for (let n = 0; n < times; n += 1) {
    await disturb();
    await load.more(clients);
  }
  return load.take();
}

/** Kills the process that answers. Returns the pid of the next process that answers. */
async function kill(port: number): Promise<number> {
  const pid = await firstAnswer(port);
  process.kill(pid, 'SIGKILL');
  return firstAnswer(port, pid);
}

const counted = (name: string, count: number): Row => ({
  name,
  runs: times,
  median: count,
  min: count,
  p90: count,
  p99: count,
});

function table(title: string, tallies: readonly [string, Tally][]): Table {
  const kinds = ['refused', 'reset', 'answered'] as const;
  const rows = tallies.flatMap(([name, tally]) =>
    kinds.map((kind) => counted(`${name}: ${kind}`, tally[kind])),
  );
  const targets = tallies
    .filter(([name]) => name === 'memoryd')
    .map(([, { refused }]) => ({ what: 'refused by memoryd', limit: 0, seen: refused }));
  return { title, unit: 'connections', rows, targets };
}

export const refused: Section = {
  name: 'refused',
  about: `refused connections during ${times} restarts and ${times} kill -9 under load, beside pm2`,
  run: () =>
    withStage(async (stage) => {
      await using pm2 = await Pm2.create();
      const pm2Port = await freePort();
      pm2.run(...pm2.startArgv(pm2Port).slice(2));
      stage.run(...stage.installArgv().slice(2));
      const { port } = stage;
      const under = `with ${clients} clients, on ${stage.backend}`;
      return [
        table(`${times} restarts ${under}`, [
          ['memoryd', await underLoad(port, () => void stage.run('restart'))],
          ['pm2', await underLoad(pm2Port, () => void pm2.run('restart', 'bench'))],
        ]),
        table(`${times} kill -9 ${under}`, [
          ['memoryd', await underLoad(port, async () => stage.settled(await kill(port)))],
          ['pm2', await underLoad(pm2Port, async () => void (await kill(pm2Port)))],
        ]),
      ];
    }),
};
