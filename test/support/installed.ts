import { readFile } from 'node:fs/promises';
import { type Cli, cliIn, packageEntries } from './cli.ts';
import { type LabUser, withUserManager } from './user-manager.ts';

/** A test body given a fresh user with a real user manager and memoryd unpacked in `directory`, nothing installed. */
export function withCli(
  body: (user: LabUser, cli: Cli, directory: string) => Promise<void>,
): () => Promise<void> {
  return () =>
    withUserManager(async (user) => {
      const directory = await user.bring(packageEntries);
      await body(user, cliIn(user, directory), directory);
    });
}

/** The pid that answers now. */
export async function pidOf(cli: Cli): Promise<number> {
  const { endpoint } = await cli.status();
  if (endpoint === null) throw new Error('nothing answers');
  return endpoint.pid;
}

/** The token of the default service. */
export async function tokenOf(cli: Cli): Promise<string> {
  return (await readFile((await cli.status()).paths.token, 'utf8')).trim();
}
