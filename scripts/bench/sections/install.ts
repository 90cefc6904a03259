import { freePort } from '../../../test/support/host-home.ts';
import { Pm2 } from '../pm2.ts';
import { firstAnswer, startCommand } from '../processes.ts';
import type { Section } from '../result.ts';
import { type Stage, withStage } from '../stage.ts';
import { inTurns, ratioOf } from '../statistics.ts';

/** Measures the time from the command to the first answer, then uninstalls. */
async function timeInstall(stage: Stage): Promise<number> {
  const started = performance.now();
  const { ended } = startCommand(stage.installArgv(), stage.as);
  await firstAnswer(stage.port);
  const took = performance.now() - started;
  await ended;
  stage.run('uninstall', '--purge', '--yes');
  return took;
}

async function timePm2Start(): Promise<number> {
  await using pm2 = await Pm2.create();
  const port = await freePort();
  const started = performance.now();
  const { ended } = startCommand(pm2.startArgv(port), pm2.as);
  await firstAnswer(port);
  const took = performance.now() - started;
  await ended;
  return took;
}

const ours = 'memoryd install';
const peer = 'pm2 start, cold';

export const install: Section = {
  name: 'install',
  about: 'memoryd install to the first answer, beside pm2 start without a running pm2',
  run: () =>
    withStage(async (stage) => {
      const rows = await inTurns(10, [
        { name: peer, measure: timePm2Start },
        { name: ours, over: peer, measure: () => timeInstall(stage) },
      ]);
      const targets = [{ what: `${ours} ÷ ${peer}`, limit: 1, seen: ratioOf(rows, ours) }];
      return [
        { title: `from the command to the first answer, on ${stage.backend}`, unit: 'ms', rows, targets },
      ];
    }),
};
