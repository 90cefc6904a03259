import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Cli } from './cli.ts';
import { withCli } from './installed.ts';
import { isOpenToAll, type Ran, repository } from './lab.ts';
import { missingTools, needsUserManager, type Skip } from './machine-needs.ts';
import type { LabUser } from './user-manager.ts';

/** A port that nobody has right now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** What answers on `port` calls itself, or undefined when nobody answers. */
export async function whoAnswers(port: number): Promise<'memoryd' | 'mneme' | 'other' | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(2000) });
    const { app, authRequired } = (await response.json()) as { app?: string; authRequired?: boolean };
    if (app === 'memoryd') return 'memoryd';
    return authRequired === undefined ? 'other' : 'mneme';
  } catch {
    return undefined;
  }
}

/** Three projects, one with a file that no server lists. */
export const projects: Readonly<Record<string, string>> = {
  'projects/alpha/log.jsonl': '{"entry":1}\n{"entry":2}\n',
  'projects/alpha/summary.md': '# what we know\n',
  'projects/beta/entities.json': '{}',
  'projects/beta/.lock.json': '',
  'projects/gamma_1/notes.txt': 'kept, and served by nobody',
};

const pm2 = join(repository, 'node_modules', 'pm2', 'bin', 'pm2');

export const needsPm2: Skip =
  needsUserManager ||
  missingTools([pm2]) ||
  ((await isOpenToAll(pm2)) ? false : 'needs a checkout that everybody may read');

export interface Pm2 {
  /** For the CLI: pm2 is on this PATH. */
  env: { PATH: string };
  run(...args: string[]): Promise<Ran>;
  must(...args: string[]): Promise<string>;
  /** What it was told so far, the verbs alone. */
  verbs(): Promise<string[]>;
  /** Name, pid and restarts of what runs. */
  list(): Promise<{ name: string; pid: number; restarts: number; status: string }[]>;
}

/** The real PM2 for a user, with a daemon and a home of its own that end with the user. */
export async function pm2For(user: LabUser): Promise<Pm2> {
  const program = join(user.home, 'bin', 'pm2');
  // Hidden, so that `pm2 start --watch` in the home does not take it for a change of the app.
  const told = join(user.home, '.pm2-told');
  const script = `#!/bin/sh\necho "$1" >>'${told}'\nexec '${user.node}' '${pm2}' "$@"\n`;
  await user.write(program, script, 0o755);
  const env = { PATH: `${join(user.home, 'bin')}:/usr/bin:/bin` };
  const run: Pm2['run'] = (...args) => user.run([program, ...args], { env, timeoutMs: 60_000 });
  const must: Pm2['must'] = async (...args) => {
    const { code, stdout, stderr } = await run(...args);
    if (code !== 0) throw new Error(`pm2 ${args.join(' ')}: exit ${code}: ${stdout}${stderr}`);
    return stdout;
  };
  return {
    env,
    run,
    must,
    verbs: async () => (await readFile(told, 'utf8')).trim().split('\n'),
    async list() {
      const line = (await must('jlist')).split('\n').findLast((one) => one.startsWith('[')) ?? '[]';
      const all = JSON.parse(line) as {
        name: string;
        pid: number;
        pm2_env: { restart_time: number; status: string };
      }[];
      return all.map(({ name, pid, pm2_env }) => ({
        name,
        pid,
        restarts: pm2_env.restart_time,
        status: pm2_env.status,
      }));
    },
  };
}

/** A user with claude-mneme's server and its data in the home, and nothing that starts it yet. */
export const withServer = (body: (user: LabUser, cli: Cli, port: number, argv: string[]) => Promise<void>) =>
  withCli(async (user, cli) => {
    const port = await freePort();
    const script = join(user.home, 'srv', 'mneme-server.mjs');
    await user.write(script, await readFile(join(repository, 'test/support/mneme-server.mjs'), 'utf8'));
    await user.write(join(user.home, '.mneme-server', 'config.json'), JSON.stringify({ port }));
    for (const [name, text] of Object.entries(projects)) {
      await user.write(join(user.home, '.mneme-server', name), text);
    }
    await body(user, cli, port, [user.node, script]);
  });

/** Runs a script of a guide's as the user would, with `memoryd` on the PATH, and stops at what fails. Gives its output. */
export async function paste(user: LabUser, cli: Cli, script: string, env: Record<string, string> = {}) {
  await user.write(
    join(user.home, 'bin', 'memoryd'),
    `#!/bin/sh\nexec '${user.node}' '${cli.entry}' "$@"\n`,
    0o755,
  );
  const path = `${join(user.home, 'bin')}:/usr/local/bin:/usr/bin:/bin`;
  return user.run(['sh', '-euc', script], { env: { PATH: path, ...env }, timeoutMs: 120_000 });
}
