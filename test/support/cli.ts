import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServiceStatus } from '../../src/service/status.ts';
import type { Argv } from '../../src/system/exec.ts';
import type { Ran, RunOptions } from './lab.ts';

/** Somebody who can run a command: a user of the lab, or this process. */
export interface Runner {
  node: string;
  run(argv: Argv, options?: RunOptions): Promise<Ran>;
}

/** The CLI of one build, run by one user. */
export interface Cli {
  entry: string;
  /** `umask` is the shell's, in octal. */
  run(args: readonly string[], options?: RunOptions & { umask?: string }): Promise<Ran>;
  /** Must exit 0; gives stdout. */
  must(args: readonly string[], options?: RunOptions): Promise<string>;
  status(name?: string): Promise<ServiceStatus>;
}

export const packageEntries = ['package.json', 'dist', 'templates'];

/** The CLI in `directory`, which holds `packageEntries`. */
export function cliIn(runner: Runner, directory: string): Cli {
  const entry = join(directory, 'dist', 'memoryd.cjs');
  const run: Cli['run'] = (args, { umask, ...options } = {}) => {
    const under = umask === undefined ? [] : ['sh', '-c', `umask ${umask}; exec "$@"`, 'sh'];
    return runner.run([...under, runner.node, entry, ...args] as unknown as Argv, {
      timeoutMs: 120_000,
      ...options,
    });
  };
  return {
    entry,
    run,
    async must(args, options) {
      const { code, stdout, stderr } = await run(args, options);
      if (code !== 0) throw new Error(`memoryd ${args.join(' ')}: exit ${code}\n${stdout}${stderr}`);
      return stdout;
    },
    async status(name = 'memory') {
      const { stdout } = await run(['status', name, '--json']);
      const [status] = (JSON.parse(stdout) as { services: ServiceStatus[] }).services;
      if (status === undefined) throw new Error(`no status of ${name}: ${stdout}`);
      return status;
    },
  };
}

/** Gives the build in `directory` another id, as a changed source would; gives the new one. */
export async function rebuild(directory: string, id: string): Promise<string> {
  const dist = join(directory, 'dist');
  const { build } = JSON.parse(await readFile(join(dist, 'build.json'), 'utf8')) as { build: string };
  const files = await readdir(dist, { recursive: true, withFileTypes: true });
  for (const file of files.filter((entry) => entry.isFile())) {
    const path = join(file.parentPath, file.name);
    const text = await readFile(path, 'utf8');
    if (text.includes(build)) await writeFile(path, text.replaceAll(build, id));
  }
  return id;
}

/**
 * Makes the build in `directory` another one, whose host does `instead` and does not serve. Its supervisor is as good as
 * ever: it is `host` with --supervise.
 */
export async function spoil(directory: string, instead: string): Promise<void> {
  await rebuild(directory, 'deadbeef');
  const code = `if(process.argv[2]==='host'&&!process.argv.includes('--supervise')){${instead}}`;
  // What units run is a program of its own; what they do not say is left to the whole one.
  for (const main of ['main.js', 'host/main.js']) {
    const path = join(directory, 'dist', main);
    await writeFile(path, `${code}\n${await readFile(path, 'utf8')}`);
  }
}
