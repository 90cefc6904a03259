import { freePort } from '../../../test/support/host-home.ts';
import { Pm2 } from '../pm2.ts';
import { answerProgram, timeCommand } from '../processes.ts';
import type { Section } from '../result.ts';
import { withStage } from '../stage.ts';
import { inTurns, ratioOf } from '../statistics.ts';

const bare = 'node -e 0';
const ours = 'memoryd status --json';

export const status: Section = {
  name: 'status',
  about: 'memoryd status --json beside node -e 0 and pm2 jlist',
  run: () =>
    withStage(async (stage) => {
      await using pm2 = await Pm2.create();
      pm2.run('start', answerProgram, '--', String(await freePort()));
      stage.run(...stage.installArgv().slice(2));
      const rows = await inTurns(120, [
        { name: bare, measure: () => timeCommand([stage.node, '-e', '0'], stage.as) },
        { name: ours, over: bare, measure: () => stage.run('status', '--json') },
        { name: 'pm2 jlist', over: bare, rounds: 15, measure: () => pm2.run('jlist') },
      ]);
      const targets = [{ what: `${ours} ÷ ${bare}`, limit: 1.6, seen: ratioOf(rows, ours) }];
      return [{ title: `status, on ${stage.backend}`, unit: 'ms', rows, targets }];
    }),
};
