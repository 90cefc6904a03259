import { join } from 'node:path';
import { MemorydError } from '../errors.ts';
import { type Roots, servicePaths } from '../layout.ts';
import { findUnit } from '../platform/find-unit.ts';
import { parseEndpoint } from '../runtime/endpoint.ts';
import { isSameProcess } from '../runtime/identity.ts';
import { parseRecord, recordPath } from '../runtime/launch-record.ts';
import { endpointPath, runtimeCandidates, whyNotPrivate } from '../runtime/runtime-directory.ts';
import { shellWord } from '../service/shell-line.ts';
import { appOf } from '../system/own-variables.ts';
import { usualRoots } from '../system/roots.ts';
import type { System } from '../system/system.ts';
import type { Machine } from './service-lock.ts';

type Shell = Pick<Machine, 'system' | 'roots' | 'configHome' | 'fromShell'>;

/** By HOME, below which the unit lies. A unit names every directory where HOME is not that of the login. */
const usual = ({ platform, user }: System): Roots => usualRoots(platform, user.home);

/** The directories that a command line of a host names, as `rootFlags` wrote them; the usual ones for the rest. */
export function rootsInArguments(argv: readonly string[], usual: Roots): Roots {
  const named = (Object.keys(usual) as (keyof Roots)[]).flatMap((root) => {
    const at = argv.indexOf(`--${root}-dir`);
    const path = at < 0 ? undefined : argv[at + 1];
    return path === undefined ? [] : [[root, path]];
  });
  return { ...usual, ...Object.fromEntries(named) };
}

/**
 * The directories of a live host of this home that was started with other variables than this shell has. Hosts of
 * another home of this user are not ours, although both may publish in one directory.
 */
async function runningRoots({ system, roots }: Shell, service: string): Promise<Roots | undefined> {
  for (const { path } of runtimeCandidates(system, roots)) {
    const read = await system.files.read(endpointPath(path, service));
    const parsed = read.kind === 'content' ? parseEndpoint(read.text) : undefined;
    if (parsed?.kind !== 'valid' || (await whyNotPrivate(system, path)) !== undefined) continue;
    const { endpoint } = parsed;
    const [config, data, state] = endpoint.installation ?? [];
    if (config === undefined || data === undefined || state === undefined) continue;
    const isOurs = [config, data, state].some((one) => one.startsWith(`${system.user.home}/`));
    if (!isOurs || !isSameProcess(system, endpoint)) continue;
    const found = { config, data, state, logs: join(state, 'logs') };
    const record = await system.files.read(recordPath(servicePaths(found, service)));
    const launched = record.kind === 'content' ? parseRecord(record.text) : undefined;
    return launched?.kind === 'valid' ? rootsInArguments(launched.value.argv, usual(system)) : found;
  }
  return undefined;
}

/**
 * The machine as the service sees it: what its unit and its running host say about their directories counts for more
 * than the variables of this shell, so that every command acts on one store (N07). A service that has neither yet gets
 * the directories of the shell. Only XDG directories depend on a shell.
 */
export async function machineFor<M extends Shell>(machine: M, service: string): Promise<M> {
  const { system, roots } = machine;
  if (!machine.fromShell || system.platform === 'win32' || system.platform === 'darwin') return machine;
  const unit = await findUnit(system, service);
  if (unit !== undefined) {
    const env =
      unit.configHome === machine.configHome ? system.env : { ...system.env, XDG_CONFIG_HOME: undefined };
    const own = rootsInArguments(unit.arguments, usual(system));
    return {
      ...machine,
      roots: own,
      configHome: unit.configHome,
      system: { ...system, env },
      fromShell: false,
    };
  }
  if ((await system.files.inspect(servicePaths(roots, service).receipt)).kind !== 'absent') return machine;
  const running = await runningRoots(machine, service);
  return running === undefined ? machine : { ...machine, roots: running, fromShell: false };
}

/** Throws `configuration` if the home itself belongs to an app: everything would go when that is updated (N07). */
export function refuseAppHome({
  system,
  usualRoots: loginRoots,
}: Pick<Machine, 'system' | 'usualRoots'>): void {
  const { home } = system.user;
  const real = loginRoots().config.replace(/\/\.config\/memoryd$/, '');
  const app = system.platform === 'win32' ? undefined : appOf(home, real);
  if (app === undefined) return;
  throw new MemorydError('configuration', `the home ${home} belongs to ${app} and goes with it`, {
    hint: `HOME=${shellWord(real)} memoryd install`,
  });
}
