import { posix } from 'node:path';
import { injectionVariables } from '../../service/injection.ts';
import type { UnitFile, UnitSpec } from '../../service/unit.ts';
import { fillTemplate } from '../template.ts';
import { argument, directory, executable, listedPath, listenStream, prose, seconds } from './escape.ts';
import { marker, unitDirectory, unitNames } from './names.ts';
import { strictProperties } from './sandbox.ts';

const escapers = { argument, directory, executable, listedPath, prose };

/** The paths that are not inside another one. */
function outermost(paths: readonly string[]): string[] {
  const within = (path: string, other: string) => !posix.relative(other, path).startsWith('..');
  const unique = [...new Set(paths)];
  return unique.filter((path) => !unique.some((other) => other !== path && within(path, other)));
}

/**
 * The service and socket units of `spec` (pure). `writable` lists the directories that must stay writable in the
 * strict sandbox, besides the home. Throws `configuration` for what a unit file cannot express.
 */
export function renderUnits(spec: UnitSpec, writable: readonly string[]): UnitFile[] {
  const names = unitNames(spec.service);
  const [program, ...args] = spec.argv;
  const context = {
    marker: marker(spec.service),
    names,
    description: spec.description,
    program,
    arguments: args,
    workingDirectory: spec.workingDirectory,
    unset: injectionVariables.join(' '),
    listen: spec.listen === null ? `%t/memoryd-${spec.service}.wake` : listenStream(spec.listen),
    wake: spec.listen === null,
    startTimeout: seconds(spec.startTimeoutSecs),
    stopTimeout: seconds(spec.stopTimeoutSecs),
    sandboxed: spec.sandbox !== 'off',
    strict: spec.sandbox === 'strict' ? strictProperties : [],
    writable: spec.sandbox === 'strict' ? outermost([spec.user.home, ...writable]) : [],
    startAtLogin: spec.startAtLogin,
  };
  return (['service', 'socket'] as const).map((kind) => ({
    path: posix.join(unitDirectory(spec.directories.config), names[kind]),
    content: fillTemplate(`systemd.${kind}`, context, escapers),
    encoding: 'utf8',
    mode: 0o600,
  }));
}
