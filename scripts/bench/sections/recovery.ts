import { freePort } from '../../../test/support/host-home.ts';
import { Pm2 } from '../pm2.ts';
import { firstAnswer, timeBareStart } from '../processes.ts';
import type { Section } from '../result.ts';
import { type Stage, withStage } from '../stage.ts';
import { inTurns, ratioOf } from '../statistics.ts';

/**
 * Kills the process that answers on `port` with `kill -9`. Returns the time to the first answer of another process, and
 * the pid of that process.
 */
async function recover(port: number): Promise<{ took: number; pid: number }> {
  const killed = await firstAnswer(port);
  const started = performance.now();
  process.kill(killed, 'SIGKILL');
  const pid = await firstAnswer(port, killed);
  return { took: performance.now() - started, pid };
}

async function timeOurs(stage: Stage): Promise<number> {
  const { took, pid } = await recover(stage.port);
  await stage.settled(pid);
  return took;
}

const bare = 'node, exec to listen';
const ours = 'memoryd, kill -9 to answer';

export const recovery: Section = {
  name: 'recovery',
  about: 'kill -9 to the next answer, beside a bare start of node and pm2',
  run: () =>
    withStage(async (stage) => {
      await using pm2 = await Pm2.create();
      const [barePort, pm2Port] = [await freePort(), await freePort()];
      pm2.run(...pm2.startArgv(pm2Port).slice(2));
      stage.run(...stage.installArgv().slice(2));
      const rows = await inTurns(25, [
        { name: bare, measure: () => timeBareStart(stage.node, barePort) },
        { name: ours, over: bare, measure: () => timeOurs(stage) },
        {
          name: 'pm2, kill -9 to answer',
          over: bare,
          rounds: 15,
          measure: async () => (await recover(pm2Port)).took,
        },
      ]);
      const targets = [{ what: `${ours} ÷ ${bare}`, limit: 1.5, seen: ratioOf(rows, ours) }];
      return [{ title: `recovery, on ${stage.backend}`, unit: 'ms', rows, targets }];
    }),
};
