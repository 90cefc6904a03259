import { existsSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Service, Verb } from '../contract/service.ts';
import { spoil } from '../support/cli.ts';
import { killAll } from '../support/processes.ts';

/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One thing that a person, a crash or another program does to a service. */
export interface Action {
  name: string;
  run(service: Service, random: () => number): Promise<void>;
}

/** No command may take longer. */
export const longestMs = 30_000;

/** A command may fail, but must end by itself and in time. */
const verb = (name: Verb, ...args: string[]): Action => ({
  name: [name, ...args].join(' '),
  run: async (service) => void (await service.run(name, args, { timeoutMs: longestMs })),
});

/** A command that is killed at a random moment. */
const killed = (name: Verb): Action => ({
  name: `${name}, killed`,
  run: async (service, random) =>
    void (await service
      .run(name, [], { timeoutMs: 50 + Math.floor(random() * 1500) })
      .catch(() => undefined)),
});

/** Hand edits: a file that is ours is cut short, replaced by nonsense, or removed. */
const contents = ['', '{', '{"schema":1}', '{"schema":1,"steps":[]}', '# nonsense\n', '[]'];

const edit = (what: string, path: (service: Service) => string | Promise<string>): Action => ({
  name: `edit ${what}`,
  async run(service, random) {
    const file = await path(service);
    if (file === '' || !existsSync(file)) return;
    const content = contents[Math.floor(random() * (contents.length + 1))];
    if (content === undefined) await rm(file, { recursive: true });
    else await writeFile(file, content);
  },
});

const unitOf = async (service: Service): Promise<string> => {
  const receipt = await service.receipt().catch(() => undefined);
  return receipt?.units[0]?.path ?? '';
};

const stateFile = (name: string) => (service: Service) => join(service.paths.state, name);

export const actions: readonly Action[] = [
  verb('install'),
  verb('install', '--no-login'),
  verb('start'),
  verb('stop'),
  verb('restart'),
  verb('status'),
  verb('uninstall'),
  killed('install'),
  killed('restart'),
  killed('uninstall'),
  {
    name: 'kill -9 of its processes',
    run: async (service) => killAll(await service.running()),
  },
  {
    name: 'kill -9 of its host',
    run: async (service) => killAll(await service.hosts()),
  },
  // There may be none.
  { name: 'the unit is lost', run: ({ machine }) => machine.loseUnit().catch(() => undefined) },
  { name: 'a build that does not run', run: ({ machine }) => spoil(machine.program, 'process.exit(78)') },
  edit('the unit', unitOf),
  edit('the receipt', ({ paths }) => paths.receipt),
  edit('the definition', ({ paths }) => paths.definition),
  edit('the port', ({ paths }) => paths.port),
  edit('the token', ({ paths }) => paths.token),
  edit('the run history', stateFile('runs.json')),
  edit('the supervisor record', stateFile('supervisor.json')),
  edit('the plan of an interrupted change', ({ paths }) => join(paths.journal, 'plan.json')),
  edit('the records of an interrupted change', ({ paths }) => join(paths.journal, 'records.jsonl')),
  {
    name: 'the private copies are gone',
    async run({ machine }) {
      const app = join(machine.roots.data, 'app');
      for (const name of await readdir(app).catch(() => [])) await rm(join(app, name), { recursive: true });
    },
  },
];
