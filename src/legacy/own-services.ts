import { readDefinition } from '../install/read-definition.ts';
import type { Machine } from '../install/service-lock.ts';
import { serviceNames } from '../install/service-names.ts';
import { servicePaths } from '../layout.ts';
import type { Definition } from '../service/definition.ts';
import { namesIn } from '../service/placeholder.ts';
import type { Candidate } from './detection-context.ts';
import type { LegacyAction } from './finding.ts';
import { type KnownDaemon, noSignatures } from './known-daemons.ts';
import { bootoutCommand, ownJobNames } from './launchd/own-job.ts';
import { fileName } from './recognise.ts';
import { disableCommand, ownUnitNames } from './systemd/own-unit.ts';

type ProgramPattern = KnownDaemon['programs'][number];

/**
 * The words of a command before the first placeholder, which is only known at its start. Gives `undefined` when only
 * the interpreter is left, because that matches any program.
 */
function fixedWords(command: readonly string[]): ProgramPattern | undefined {
  const at = command.findIndex((word) => namesIn(word).length > 0);
  const [first, ...rest] = at < 0 ? command : command.slice(0, at);
  return first === undefined || (at >= 0 && rest.length === 0) ? undefined : [fileName(first), ...rest];
}

/** Gives the command of a service of this user as a known daemon, with the names of its own units (pure). */
export function daemonOfService(
  service: string,
  definition: Pick<Definition, 'command' | 'adapter' | 'port'> | undefined,
): KnownDaemon {
  const program = fixedWords(definition?.command ?? []);
  return {
    ...noSignatures,
    name: definition?.adapter,
    service,
    ports: [],
    programs: program === undefined ? [] : [program],
    port: { flags: ['--port', '-p'], variables: ['PORT'], usual: definition?.port },
    names: { ...ownUnitNames(service), ...ownJobNames(service) },
  };
}

/**
 * Loads the daemons that this user's services run. Another entry that runs the same daemon, or that has the name of a
 * service's unit, conflicts with the service (L06, M14).
 */
export async function loadOwnServices({
  system,
  roots,
}: Pick<Machine, 'system' | 'roots'>): Promise<KnownDaemon[]> {
  const names = await serviceNames({ system, roots });
  return Promise.all(
    names.map(async (name) => {
      const seen = await readDefinition(system.files, servicePaths(roots, name));
      return daemonOfService(name, seen.kind === 'valid' ? seen.definition : undefined);
    }),
  );
}

/** The command that removes an entry which only has the name of one of our units. */
function retiring(candidate: Candidate): string[][] {
  const { name } = candidate;
  switch (candidate.kind) {
    case 'system-unit':
    case 'user-unit':
      return [disableCommand(candidate.kind, name)];
    case 'launch-daemon':
      return [bootoutCommand('system', name)];
    case 'launch-agent':
      return [bootoutCommand(candidate.domain, name)];
    default:
      return [];
  }
}

/**
 * Gives the action for an entry that has the name of one of our units and that memoryd did not write: report it, do not
 * migrate it. Other entries keep their action.
 */
export function actionBeside(candidate: Candidate, known: readonly KnownDaemon[]): LegacyAction {
  const own = known.find(
    ({ service, names }) => service !== undefined && names[candidate.kind]?.includes(candidate.name),
  );
  if (own === undefined) return candidate.handling;
  const why = `it has the name of the unit of your service "${own.service}", and memoryd did not write it`;
  return { kind: 'report', why, commands: retiring(candidate) };
}
