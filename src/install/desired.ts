import { isAbsolute } from 'node:path';
import type { Roots, ServicePaths } from '../layout.ts';
import { type PortChoice, portText } from '../runtime/port-file.ts';
import type { Definition } from '../service/definition.ts';
import type { DesiredInstall } from '../service/plan-install.ts';
import type { Receipt } from '../service/receipt.ts';
import type { WriteFile } from '../service/step.ts';
import type { BackendName, UnitFile, UnitSpec } from '../service/unit.ts';
import type { User } from '../system/system.ts';
import type { Program } from './program.ts';

const privateMode = 0o600;

function privateFile(path: string, content: string, why: string): WriteFile {
  return { kind: 'write', path, content, encoding: 'utf8', mode: privateMode, why };
}

/** The text of a definition file. Defaults are not written, so that later versions can improve them. */
export function definitionText(input: object): string {
  return `${JSON.stringify(input, null, 2)}\n`;
}

/** The flags that pass the directories to the host, if a clean login would not find them. */
export function rootFlags(roots: Roots, usual: Roots): string[] {
  return (Object.keys(usual) as (keyof Roots)[])
    .filter((root) => roots[root] !== usual[root])
    .flatMap((root) => [`--${root}-dir`, roots[root]]);
}

/** Managers accept addresses, not names. */
function socketAddress({ daemon: { listen } }: Definition): string {
  return listen === 'localhost' ? '127.0.0.1' : listen;
}

function pathsOf({
  command = [],
  workingDirectory,
  dataDir,
}: Definition): NonNullable<UnitSpec['definitionPaths']> {
  const words = command.flatMap((path, index) =>
    isAbsolute(path) ? [{ field: `command.${index}`, path }] : [],
  );
  const directories = Object.entries({ workingDirectory, dataDir });
  return [...words, ...directories.flatMap(([field, path]) => (path === undefined ? [] : [{ field, path }]))];
}

/** The input of a renderer. It contains no secrets. */
export function unitSpec(input: {
  definition: Definition;
  program: Pick<Program, 'node' | 'entry' | 'app'>;
  flags: readonly string[];
  paths: ServicePaths;
  user: User & { sid?: string };
  configHome: string;
  /** The port that the manager may bind; null if the daemon binds its port itself. */
  port: number | null;
  /** Longer than in the definition, for a daemon that is known to start slowly. */
  startTimeoutSecs?: number | undefined;
}): UnitSpec {
  const { definition, program, paths, user, port } = input;
  return {
    service: definition.name,
    description: definition.description ?? `memory daemon "${definition.name}" (memoryd)`,
    argv: [program.node, program.entry, 'host', definition.name, ...input.flags],
    workingDirectory: program.app,
    listen: port === null ? null : { host: socketAddress(definition), port },
    startTimeoutSecs: input.startTimeoutSecs ?? definition.startTimeoutSecs,
    stopTimeoutSecs: definition.stopTimeoutSecs,
    sandbox: definition.sandbox,
    startAtLogin: definition.startAtLogin,
    definitionPaths: pathsOf(definition),
    user,
    directories: { config: input.configHome, state: paths.state, logs: paths.logs },
  };
}

/** The desired state of an install, as values. */
export function desiredInstall(input: {
  definition: Definition;
  text: string;
  build: string;
  program: Program;
  paths: ServicePaths;
  port: PortChoice;
  newToken: string;
  units: UnitFile[];
  /** The paths of the unit files of this service, whatever the definition says. */
  unitPaths: string[];
  /** More files that the host reads. */
  settings?: WriteFile[] | undefined;
  startTimeoutSecs?: number | undefined;
}): DesiredInstall {
  const { definition, paths, program } = input;
  return {
    service: definition.name,
    build: input.build,
    copies: program.copies,
    laterCopies: program.laterCopies,
    secrets: [{ ...privateFile(paths.token, `${input.newToken}\n`, 'the token for clients'), secret: true }],
    settings: [
      privateFile(paths.definition, input.text, 'the definition'),
      privateFile(paths.port, portText(input.port), 'the port'),
      ...(input.settings ?? []),
    ],
    units: input.units.map((unit) => ({ kind: 'write', ...unit, why: 'the unit' })),
    formerUnits: input.unitPaths.filter((path) => !input.units.some((unit) => unit.path === path)),
    startAtLogin: definition.startAtLogin,
    verifyTimeoutMs: (input.startTimeoutSecs ?? definition.startTimeoutSecs) * 1000,
  };
}

/** The record that `status` compares with later. */
export function receiptOf(input: {
  desired: DesiredInstall;
  backend: BackendName;
  version: string;
  program: Program;
  port: number;
  text: string;
  now: Date;
}): Receipt {
  const { desired, program } = input;
  return {
    schema: 1,
    service: desired.service,
    backend: input.backend,
    version: input.version,
    build: desired.build,
    app: program.app,
    node: program.node,
    port: input.port,
    units: desired.units.map(({ path, content }) => ({ path, content })),
    definition: input.text,
    installedAt: input.now.toISOString(),
  };
}
