import { readAdapterText } from '../adapters/files.ts';
import { findAdapter } from '../adapters/load.ts';
import { placeVariables } from '../adapters/places.ts';
import { MemorydError } from '../errors.ts';
import { portRule } from '../external/port.ts';
import { type Preflight, preflight, warmUp } from '../external/preflight.ts';
import { parseSecrets, secretsText } from '../external/secrets.ts';
import type { ExternalSpec } from '../external/spec.ts';
import { specKey, specText } from '../external/spec-file.ts';
import { specOf } from '../external/spec-of.ts';
import type { Roots, ServicePaths } from '../layout.ts';
import type { Definition } from '../service/definition.ts';
import {
  captureEnvironment,
  type Environment,
  environmentText,
  serviceEnvironment,
} from '../service/environment.ts';
import type { DefinitionObservation } from '../service/observation.ts';
import { fill, namesIn } from '../service/placeholder.ts';
import { shellLine } from '../service/shell-line.ts';
import type { WriteFile } from '../service/step.ts';
import type { System } from '../system/system.ts';
import type { RequestedDefinition, RequestedFields } from './requested-definition.ts';

/** What the install of an external daemon needs in addition. */
export interface ExternalInstall {
  spec: ExternalSpec;
  /** The daemon binds its port itself, so nothing else may hold it. */
  ownsPort: boolean;
  /** Its port, if memoryd does not choose it. */
  port: number | undefined;
  /** Another process of the same daemon may hold that port, because the daemon can yield. */
  yields: boolean;
  /** Files that the host reads. */
  settings: WriteFile[];
  preflight: Preflight;
  /** Runs downloads and warm-ups, before anything is changed. */
  warmUp(): Promise<void>;
}

/**
 * Completes the changes of the command line. A new service with the name of an adapter and without a command uses that
 * adapter. The names of new secrets are added to those of the definition.
 */
export async function externalRequest(
  { files }: Pick<System, 'files'>,
  roots: Roots,
  name: string,
  seen: DefinitionObservation,
  { changes, secrets = {} }: { changes: RequestedFields; secrets?: Environment | undefined },
): Promise<RequestedFields> {
  const before = seen.kind === 'valid' ? (seen.definition.secrets ?? []) : [];
  const names = [...new Set([...before, ...Object.keys(secrets)])].sort();
  const all = names.length === before.length ? changes : { ...changes, secrets: names };
  if (seen.kind !== 'absent' || changes.command !== undefined || changes.adapter !== undefined) return all;
  return (await findAdapter(files, roots, name)) === undefined ? all : { ...all, adapter: name };
}

function requirePort(
  { port, service }: ExternalSpec,
  { command, environment, port: fixed }: Definition,
): void {
  if (port.kind !== 'told' || command === undefined || fixed !== undefined) return;
  const told = [...command, ...Object.values(environment)].flatMap(namesIn);
  if (told.includes('port') || told.includes('url')) return;
  throw new MemorydError('configuration', 'command: has no {port}, so the daemon cannot be told its port', {
    // Another port, or --stdio, may be what is meant: `memoryd install --help` names both.
    hint: shellLine(['memoryd', 'install', service, '--', ...command, '--port', '{port}']),
  });
}

/** The step that writes a file which only its user may read. Plans do not show its content. */
function writePrivate(path: string, content: string, why: string): WriteFile {
  return { kind: 'write', path, content, encoding: 'utf8', mode: 0o600, why, secret: true };
}

async function secretsFile(
  { files }: Pick<System, 'files'>,
  path: string,
  added: Environment,
): Promise<{ all: Environment; write: WriteFile[] }> {
  const read = await files.read(path);
  if (read.kind === 'unreadable') throw new MemorydError('permission', `cannot read ${path}: ${read.why}`);
  const before = read.kind === 'content' ? parseSecrets(read.text) : {};
  const all = { ...before, ...added };
  if (Object.keys(added).every((name) => before[name] === added[name])) return { all, write: [] };
  return { all, write: [writePrivate(path, secretsText(all), 'the secrets of the daemon')] };
}

async function adapterText(
  { files }: Pick<System, 'files'>,
  roots: Roots,
  { adapter }: Definition,
): Promise<string | undefined> {
  const file = adapter === undefined ? undefined : await readAdapterText(files, roots, adapter);
  return file?.kind === 'content' ? file.text : undefined;
}

function requireSecrets({ service, secrets }: ExternalSpec, values: Environment): void {
  for (const [index, name] of secrets.entries()) {
    if (values[name] !== undefined) continue;
    throw new MemorydError('configuration', `secrets.${index}: ${name} has no value`, {
      hint: `memoryd install ${service} --secret ${name}`,
    });
  }
}

/**
 * Works out what an external daemon needs, and checks that it can be run; `undefined` for the bundled daemon.
 * `secrets` are new values for its secrets file. Throws `configuration` with the wrong field.
 */
export async function prepareExternalInstall(
  system: System,
  roots: Roots,
  paths: ServicePaths,
  { definition, text }: RequestedDefinition,
  added: Environment,
): Promise<ExternalInstall | undefined> {
  if (definition.command === undefined && definition.adapter === undefined) {
    if (Object.keys(added).length === 0) return undefined;
    throw new MemorydError('usage', 'secrets (--secret, --env-file) need a command or an adapter');
  }
  const spec = await specOf(system, roots, definition);
  requirePort(spec, definition);
  const rule = await portRule(system, spec.port);
  const secrets = await secretsFile(system, paths.secrets, added);
  requireSecrets(spec, secrets.all);
  const kept = captureEnvironment(system.env, placeVariables(spec.places));
  const port = rule.kind === 'known' ? rule.port : (definition.port ?? 0);
  const { home } = system.user;
  const dataDir = spec.dataDir === undefined ? paths.data : fill(spec.dataDir, { home });
  const values = { port: String(port), url: `http://127.0.0.1:${port}`, dataDir, home };
  const env = serviceEnvironment(
    { ...system.env, PATH: undefined },
    kept,
    secrets.all,
    system.platform === 'win32',
  );
  const adapter = await adapterText(system, roots, definition);
  return {
    spec,
    ownsPort: spec.transport === 'http',
    port: rule.kind === 'known' ? rule.port : undefined,
    yields: Object.values(spec.exitCodes).includes('yield'),
    settings: [
      writePrivate(paths.environment, environmentText(kept), 'the environment of the daemon'),
      // Not secret, but long, and it repeats the definition.
      writePrivate(
        paths.externalSpec,
        specText(specKey(text, adapter), spec),
        'the settings worked out from the definition',
      ),
      ...secrets.write,
    ],
    preflight: await preflight(system, spec, env, values),
    warmUp: () => warmUp(system, spec, env, values),
  };
}
