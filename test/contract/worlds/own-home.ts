import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { createFixture } from 'fs-fixture';
import { systemExec } from '../../../src/system/exec.ts';
import type { Runner } from '../../support/cli.ts';
import { ran } from '../../support/lab.ts';
import { freshName } from '../../support/service-name.ts';
import { unpack } from '../unpacked.ts';
import type { Machine } from '../world.ts';

export type Environment = Readonly<Record<string, string>>;

/** What every machine has on which the user is whoever runs the tests, with a home of its own. */
export interface OwnHome
  extends Pick<Machine, 'service' | 'program' | 'home' | 'places' | 'write'>,
    AsyncDisposable {
  /** Everything of this machine lies in here. */
  directory: string;
  /** Private, and gone after a reboot. */
  runtime: string;
}

export async function makeHome(): Promise<OwnHome> {
  const fixture = await createFixture({ home: {}, run: {} });
  const at = (name: string) => join(fixture.path, name);
  await chmod(at('run'), 0o700);
  await unpack(at('program'));
  const { name, release } = await freshName(userInfo().username);
  return {
    directory: fixture.path,
    service: name,
    program: at('program'),
    home: at('home'),
    runtime: at('run'),
    places: [at('home'), at('run')],
    async write(path, content, mode = 0o644) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content, { mode });
      await chmod(path, mode);
    },
    async [Symbol.asyncDispose]() {
      release();
      // Windows keeps the directory and the program of a process for a moment after its end.
      await rm(fixture.path, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

/** Runs commands with `env` and nothing else of this process's environment; on Windows, where nothing runs so, on top of it. */
export function runnerWith(home: string, env: Environment): Runner {
  const inherited = process.platform === 'win32' ? [] : Object.keys(process.env);
  const nothing = Object.fromEntries(inherited.map((name) => [name, undefined]));
  return {
    node: process.execPath,
    async run(argv, options = {}) {
      const all = { ...nothing, ...env, ...options.env };
      return ran(argv, await systemExec.run(argv, { cwd: home, ...options, env: all }));
    },
  };
}
