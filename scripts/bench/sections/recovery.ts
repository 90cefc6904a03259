import { freePort, get } from '../../../test/support/host-home.ts';
import { until } from '../../../test/support/until.ts';
import { Pm2 } from '../pm2.ts';
import { firstAnswer, timeBareStart, timeToAnswer } from '../processes.ts';
import type { Section } from '../result.ts';
import { withStage } from '../stage.ts';
import { inTurns, ratioOf } from '../statistics.ts';

/** From `kill -9` of whoever answers on `port` to the first answer of another process. */
async function timeRecovery(port: number): Promise<number> {
  const pid = await firstAnswer(port);
  return timeToAnswer(port, () => process.kill(pid, 'SIGKILL'), pid);
}

/** The same for a daemon that must be ready before it may die again, or its crashes are counted as failed starts. */
async function timeOurs(port: number): Promise<number> {
  const took = await timeRecovery(port);
  await until('the daemon is ready', async () => (await get(port, '/health')).json.status === 'ok');
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
        { name: ours, over: bare, measure: () => timeOurs(stage.port) },
        { name: 'pm2, kill -9 to answer', over: bare, rounds: 15, measure: () => timeRecovery(pm2Port) },
      ]);
      const targets = [{ what: `${ours} ÷ ${bare}`, limit: 1.5, seen: ratioOf(rows, ours) }];
      return [{ title: `recovery, on ${stage.backend}`, unit: 'ms', rows, targets }];
    }),
};
