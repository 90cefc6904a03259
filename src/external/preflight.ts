import { argvOf, discover, type FoundProgram } from '../adapters/discover.ts';
import { MemorydError } from '../errors.ts';
import type { Environment } from '../service/environment.ts';
import type { Argv, ExecResult } from '../system/exec.ts';
import type { System } from '../system/system.ts';
import type { ExternalSpec } from './spec.ts';

type PreflightSystem = Pick<System, 'files' | 'platform' | 'user' | 'exec' | 'env'>;

const versionTimeoutMs = 10_000;
const prepareTimeoutMs = 600_000;

/** The result of checking a command before it is installed. */
export interface Preflight {
  program: string;
  downloads: boolean;
  /** The first line of its `--version`; null if it prints none. */
  version: string | null;
}

/** Removes our own environment and sets that of the service, so that nothing of this shell is inherited. */
function onlyEnvironment(own: System['env'], env: Environment): Record<string, string | undefined> {
  return { ...Object.fromEntries(Object.keys(own).map((name) => [name, undefined])), ...env };
}

async function find(
  system: PreflightSystem,
  spec: ExternalSpec,
  env: Environment,
  values: Environment,
): Promise<FoundProgram> {
  const found = await discover(system, spec, env, values);
  if (found.kind === 'found') return found;
  throw new MemorydError('configuration', `command: not found: ${found.lacks.join(', ')}`, {
    words: `searched ${found.searched}`,
    ...(spec.adapter === undefined ? {} : { hint: `memoryd adapters ${spec.adapter}` }),
  });
}

function wordsOf(result: ExecResult): string {
  return 'stderr' in result ? `${result.stderr}${result.stdout}` : '';
}

/**
 * Checks that a command can be run in the environment of the service, before anything is changed. A program without
 * `--version` may still be a good daemon. Throws `configuration` if it is missing or cannot be started.
 */
export async function preflight(
  system: PreflightSystem,
  spec: ExternalSpec,
  env: Environment,
  values: Environment,
): Promise<Preflight> {
  const { program, prefix, downloads } = await find(system, spec, env, values);
  const options = {
    env: onlyEnvironment(system.env, env),
    timeoutMs: versionTimeoutMs,
    cwd: system.user.home,
  };
  const result = await system.exec.run([program, ...prefix, '--version'], options);
  // 126 and 127: its own interpreter is missing, or may not be run. env(1)
  const unusable =
    result.kind === 'missing' || (result.kind === 'exited' && [126, 127].includes(result.code));
  if (unusable) {
    throw new MemorydError(
      'configuration',
      `command: ${program} cannot be run in the environment of the service`,
      {
        words: wordsOf(result) || `PATH=${env.PATH ?? ''}`,
      },
    );
  }
  const said =
    result.kind === 'exited' && result.code === 0 ? result.stdout.trim().split('\n')[0] : undefined;
  return { program, downloads, version: said || null };
}

/** Runs the warm-up of the adapter, which may download. Throws `configuration` with its output if it fails. */
export async function warmUp(
  system: PreflightSystem,
  spec: ExternalSpec,
  env: Environment,
  values: Environment,
): Promise<void> {
  if (spec.prepare === undefined) return;
  const found = await find(
    system,
    { ...spec, commands: [{ argv: spec.prepare, downloads: true }] },
    env,
    values,
  );
  const argv: Argv = argvOf(found, values);
  const options = {
    env: onlyEnvironment(system.env, env),
    timeoutMs: prepareTimeoutMs,
    cwd: system.user.home,
  };
  const result = await system.exec.run(argv, options);
  if (result.kind === 'exited' && result.code === 0) return;
  throw new MemorydError('configuration', `prepare: ${argv.join(' ')} failed`, { words: wordsOf(result) });
}
