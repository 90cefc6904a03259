import { setTimeout as delay } from 'node:timers/promises';
import { readSupervisor } from '../../../src/runtime/supervisor-file.ts';
import { systemFiles } from '../../../src/system/files.ts';
import { freePort } from '../../../test/support/host-home.ts';
import { Forever } from '../forever.ts';
import { Pm2 } from '../pm2.ts';
import { answerProgram, firstAnswer, startCommand } from '../processes.ts';
import type { Section, Table } from '../result.ts';
import { type Stage, withStage } from '../stage.ts';
import { compared, rowOf } from '../statistics.ts';
import { type Usage, usageOfAll } from '../usage.ts';

/** During this time after its start a host still compiles code that it runs for the first time. */
const settleMs = 20_000;
const samples = 60;
const everyMs = 500;

const peer = "pm2's daemon";
const ours = 'host of an external daemon';
const supervisor = 'supervisor, where there is no service manager';

async function supervisorPid(stage: Stage, service: string): Promise<number> {
  const word = await readSupervisor(systemFiles, stage.paths(service));
  if (word === undefined) throw new Error(`${service} has no supervisor`);
  return word.pid;
}

function pidOf(stage: Stage, service: string): number {
  const { endpoint } = stage.status(service);
  if (endpoint === null) throw new Error(`${service} does not answer`);
  return endpoint.pid;
}

/** Samples all jobs at the same times, while they are idle. */
async function sample(jobs: ReadonlyMap<string, readonly number[]>): Promise<Map<string, Usage[]>> {
  const seen = new Map<string, Usage[]>([...jobs.keys()].map((name) => [name, []]));
  await delay(settleMs);
  for (let n = 0; n < samples; n += 1) {
    for (const [name, pids] of jobs) seen.get(name)?.push(usageOfAll(pids));
    await delay(everyMs);
  }
  return seen;
}

function table(title: string, unit: string, seen: ReadonlyMap<string, number[]>): Table {
  const rows = [...seen].map(([name, values]) => rowOf(name, values));
  const shown = rows.map((row) => compared(row, rows, row.name === peer ? undefined : peer));
  const targets = [ours, supervisor].map((what) => ({
    what: `${what} ÷ ${peer}, ${title}`,
    limit: 0.6,
    seen: shown.find(({ name }) => name === what)?.ratio?.median ?? Number.NaN,
  }));
  return { title, unit, rows: shown, targets };
}

export const memory: Section = {
  name: 'memory',
  about: 'memory and processor time of what supervises, with nothing to do, beside pm2 and forever',
  run: () =>
    withStage(async (stage) => {
      await using pm2 = await Pm2.create();
      await using forever = await Forever.create();
      const [pm2Port, barePort, foreverPort] = [await freePort(), await freePort(), await freePort()];
      pm2.run(...pm2.startArgv(pm2Port).slice(2));
      stage.run(...stage.installArgv().slice(2));
      stage.run(...stage.installArgv('peer', [stage.node, answerProgram, '{port}']).slice(2));
      const { child } = startCommand([stage.node, answerProgram, String(barePort)]);
      const bare = await firstAnswer(barePort);
      try {
        const host = pidOf(stage, 'peer');
        // Reports read all processes to measure the daemon. That must not leave memory behind either.
        for (let asked = 0; asked < 5; asked += 1) stage.status('peer');
        const above = await supervisorPid(stage, 'peer');
        const jobs = new Map<string, readonly number[]>([
          [peer, [await pm2.daemonPid()]],
          ...(forever === undefined
            ? []
            : [['forever, which npm fetched', [await forever.start(foreverPort)]] as const]),
          [supervisor, [above]],
          [ours, [host]],
          ['both of them', [above, host]],
          ['host with the bundled daemon in it', [pidOf(stage, 'memory')]],
          ['node with an HTTP server and nothing else', [bare]],
        ]);
        const seen = await sample(jobs);
        const values = (pick: (usage: Usage[]) => number[]) =>
          new Map([...seen].map(([name, usages]) => [name, pick(usages)]));
        const idle = values((usages) => [(usages.at(-1)?.cpu ?? 0) - (usages[0]?.cpu ?? 0)]);
        return [
          table(
            'private memory (USS)',
            'MB',
            values((usages) => usages.map(({ uss }) => uss)),
          ),
          table(
            'private and shared memory (PSS)',
            'MB',
            values((usages) => usages.map(({ pss }) => pss)),
          ),
          {
            ...table(`processor time in ${(samples * everyMs) / 1000} s`, 'ms', idle),
            notes: forever === undefined ? ['npm could not fetch forever'] : [],
          },
        ];
      } finally {
        child.kill('SIGKILL');
      }
    }, 'standalone'),
};
