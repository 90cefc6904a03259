import { join } from 'node:path';
import { elevatedProgram } from '../../install/elevated/launch.ts';
import type { ElevatedEnd, ElevatedMove } from '../../service/migration-step.ts';
import type { FindingOf } from '../finding.ts';
import { captured, type MigrationSteps, type StepsInput } from '../migration-steps.ts';

/** The same path in the home that 32-bit programs of SYSTEM have. */
const thirtyTwoBit = (path: string): string => path.replace(/([\\/])System32([\\/])/i, '$1SysWOW64$2');

/**
 * Gives the migration steps of a Windows service, all in one elevated run, so that Windows asks the user once (pure).
 * `sid` is the user's; `run` is a name that no other run has.
 */
export function windowsServiceSteps(
  finding: FindingOf<'windows-service'>,
  { directory, manifest, data, self }: StepsInput,
  sid: string,
  run: string,
): MigrationSteps {
  const { name, definition, runsAs } = finding;
  const brings = data.kind === 'copy' && data.asRoot;
  const from = brings ? [data.from, ...(runsAs === 'SYSTEM' ? [thirtyTwoBit(data.from)] : [])] : [];
  const base = {
    reason: `stop and delete the service ${name}`,
    program: elevatedProgram(self),
    run,
    service: name,
    directory: join(directory, 'elevated'),
  };
  const move: ElevatedMove = {
    kind: 'elevated-move',
    why: brings
      ? `stop ${name} and bring its data, as an administrator`
      : `stop ${name}, as an administrator`,
    ...base,
    wasRunning: finding.run.kind === 'running',
    ...(brings ? { copy: { from: [...new Set(from)], to: data.to, manifest, sid } } : {}),
    bytes: brings ? data.bytes : 0,
  };
  const end = (retire: ElevatedEnd['retire']): ElevatedEnd => ({
    kind: 'elevated-end',
    why: retire === 'remove' ? `delete the service ${name}` : `no longer start ${name}`,
    ...base,
    retire,
  });
  return {
    keep:
      definition === ''
        ? []
        : [captured(join(directory, 'service.reg'), definition.replace(/^\ufeff/, ''), 'utf16le-bom')],
    stop: [move],
    disable: [end('disable')],
    remove: [end('remove')],
    // A user may have started it again by hand, so the elevated run stops it first.
    removeKept: [end('remove')],
    bringsData: true,
  };
}
