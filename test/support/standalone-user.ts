import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createFixture } from 'fs-fixture';
import { ensureBuilt } from '../../scripts/cli.ts';
import { systemExec } from '../../src/system/exec.ts';
import { type Cli, cliIn, packageEntries } from './cli.ts';
import { bring, ran } from './lab.ts';

/** The whole environment of a command. */
export type Environment = Readonly<Record<string, string>>;

/** Takes away what a body that failed has left running. */
async function takeAway(cli: Cli): Promise<void> {
  const { services } = JSON.parse(await cli.must(['list', '--json'])) as { services: { name: string }[] };
  for (const { name } of services) await cli.must(['uninstall', name, '--purge', '--yes']);
}

/**
 * Whoever runs the tests, with a home of their own, an unpacked memoryd, and no service manager. `body` installs with
 * `--no-login`: a crontab is the real one.
 */
export async function withStandaloneHome(
  body: (cli: Cli, home: string, env: Environment) => Promise<void>,
): Promise<void> {
  await using fixture = await createFixture({ home: {}, tmp: {} });
  const home = join(fixture.path, 'home');
  const runtime = join(fixture.path, 'run');
  await mkdir(runtime, { mode: 0o700 });
  await ensureBuilt();
  const program = join(fixture.path, 'program');
  await bring(packageEntries, program);
  const nothing = Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined]));
  const own = {
    HOME: home,
    PATH: process.env.PATH ?? '',
    XDG_RUNTIME_DIR: runtime,
    TMPDIR: join(fixture.path, 'tmp'),
  };
  const cli = cliIn(
    {
      node: process.execPath,
      async run(argv, options = {}) {
        const env = { ...nothing, ...own, ...options.env };
        return ran(argv, await systemExec.run(argv, { cwd: home, ...options, env }));
      },
    },
    program,
  );
  try {
    await body(cli, home, own);
  } catch (error) {
    // What the body says counts, whatever can still be taken away.
    await takeAway(cli).catch(() => undefined);
    throw error;
  }
  await takeAway(cli);
}
