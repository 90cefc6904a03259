import { argvOf, discover } from '../adapters/discover.ts';
import { MemorydError } from '../errors.ts';
import type { ServicePaths } from '../layout.ts';
import { type Environment, parseEnvironment, serviceEnvironment } from '../service/environment.ts';
import { fill, namesIn } from '../service/placeholder.ts';
import { shellLine } from '../service/shell-line.ts';
import type { Argv } from '../system/exec.ts';
import type { System } from '../system/system.ts';
import { readSecrets } from './secrets.ts';
import type { ExternalSpec } from './spec.ts';

/** An external daemon whose definition, adapter, environment and secrets have been read and checked. */
export interface PreparedDaemon {
  spec: ExternalSpec;
  secrets: Environment;
  /** The value of `{dataDir}`. */
  dataDir: string;
  /** The environment captured at install. */
  kept: Environment;
}

/** How to start it on one port. */
export interface ChildStart {
  argv: Argv;
  env: Environment;
  cwd: string;
  /** The values of the placeholders, for probes. */
  values: Readonly<Record<string, string>>;
}

type PrepareSystem = Pick<System, 'files' | 'platform' | 'user'>;

/**
 * The environment captured at the last install; none for a host run by hand.
 * Throws `permission` when the file cannot be read, `configuration` when it holds something else.
 */
export async function readKept({ files }: Pick<System, 'files'>, path: string): Promise<Environment> {
  const read = await files.read(path);
  if (read.kind === 'absent') return {};
  if (read.kind === 'unreadable') throw new MemorydError('permission', `cannot read ${path}: ${read.why}`);
  const parsed = parseEnvironment(read.text);
  if (parsed.kind === 'valid') return parsed.value;
  throw new MemorydError('configuration', `${path} is not an environment file of memoryd: ${parsed.reason}`, {
    hint: shellLine(['rm', path]),
  });
}

/** Reads everything that is needed to start an external daemon. Throws `configuration` or `permission`. */
export async function prepareExternal(
  system: PrepareSystem,
  paths: ServicePaths,
  spec: ExternalSpec,
): Promise<PreparedDaemon> {
  const [secrets, kept] = await Promise.all([
    readSecrets(system, paths.secrets, spec.secrets, spec.service),
    readKept(system, paths.environment),
  ]);
  const dataDir = spec.dataDir === undefined ? paths.data : fill(spec.dataDir, { home: system.user.home });
  return { spec, secrets, dataDir, kept };
}

/** Python keeps what it prints to a pipe in a buffer of 8 KB, so that `logs` would show it hours later (N39). */
const outputAtOnce: Environment = { PYTHONUNBUFFERED: '1' };

/**
 * Finds the current command and fills in all placeholders. Creates the data directory of the service if the daemon
 * uses it. Throws `configuration` if the program does not exist.
 */
export async function startAt(
  system: PrepareSystem & Pick<System, 'env'>,
  { spec, secrets, dataDir, kept }: PreparedDaemon,
  port: number,
): Promise<ChildStart> {
  const { home } = system.user;
  const values = { port: String(port), url: `http://127.0.0.1:${port}`, dataDir, home };
  const ignoreCase = system.platform === 'win32';
  const before = serviceEnvironment(system.env, kept, spec.environment, ignoreCase);
  const found = await discover(system, spec, before, values);
  if (found.kind === 'missing') {
    throw new MemorydError('configuration', `command: not found: ${found.lacks.join(', ')}`, {
      hint: `memoryd install ${spec.service}`,
      words: `searched ${found.searched}`,
    });
  }
  const all = { ...values, ...found.places };
  const own = Object.entries(spec.environment).map(([name, value]) => [name, fill(value, all)]);
  const settings = { ...outputAtOnce, ...Object.fromEntries(own), ...secrets };
  const env = serviceEnvironment(system.env, kept, settings, ignoreCase);
  const templates = [...found.argv, ...Object.values(spec.environment)];
  if (spec.dataDir === undefined && templates.some((one) => namesIn(one).includes('dataDir'))) {
    await system.files.makeDirectory(dataDir);
  }
  const cwd = fill(spec.workingDirectory ?? '{home}', all);
  return { argv: argvOf(found, values), env, cwd, values: all };
}
