import type { ExpectedPort, Place } from '../adapters/place-schema.ts';
import type { Adapter } from '../adapters/schema.ts';
import type { Definition } from '../service/definition.ts';
import {
  type ExitMeaning,
  type ProbeSettings,
  type RestartSettings,
  restartSchema,
  type StopSettings,
  type Transport,
  type WatchSettings,
  watchSchema,
} from '../service/external-settings.ts';
import { namesIn } from '../service/placeholder.ts';

/** Where the port of an external daemon comes from. */
export type PortSource =
  /** memoryd chooses it and passes it to the daemon. */
  | { kind: 'told' }
  /** It is fixed in the definition, and the daemon is configured for it in another way. */
  | { kind: 'fixed'; port: number }
  | { kind: 'own'; port: ExpectedPort }
  | { kind: 'file'; paths: readonly string[]; field: string; port: ExpectedPort }
  /** The daemon speaks on its standard streams; the port belongs to the host. */
  | { kind: 'none' };

/** An external daemon to run: definition over adapter over defaults. Placeholders are not filled in yet. */
export interface ExternalSpec {
  service: string;
  adapter: string | undefined;
  commands: { argv: readonly string[]; downloads: boolean }[];
  places: Readonly<Record<string, Place>>;
  environment: Readonly<Record<string, string>>;
  workingDirectory: string | undefined;
  transport: Transport;
  mcpPath: string | null;
  /** Requests must not overlap. */
  oneAtATime: boolean;
  port: PortSource;
  /** `auto`: nothing is known of it, so what it speaks is found out. */
  probe: ProbeSettings | { kind: 'ping' } | { kind: 'auto' };
  useful: ProbeSettings | undefined;
  watch: WatchSettings;
  stop: StopSettings;
  exitCodes: Readonly<Record<string, ExitMeaning>>;
  restart: RestartSettings;
  maxMemoryMb: number | undefined;
  startTimeoutSecs: number;
  stopTimeoutSecs: number;
  prepare: readonly string[] | undefined;
  /** The value of `{dataDir}`, which may contain `{home}`; undefined: the directory of the service. */
  dataDir: string | undefined;
  secrets: readonly string[];
}

const defaultTimeoutSecs = 5;

function watchOf(said: Definition['watch']): WatchSettings {
  const watch = said ?? watchSchema.parse({});
  return { ...watch, timeoutSecs: watch.timeoutSecs ?? Math.min(defaultTimeoutSecs, watch.intervalSecs) };
}

function portOf(definition: Definition, adapter: Adapter | undefined, transport: Transport): PortSource {
  if (transport === 'stdio') return { kind: 'none' };
  // A command of the user does not use the settings file of the adapter.
  if (definition.command === undefined && adapter !== undefined) {
    if (adapter.port.kind !== 'told' && definition.port !== undefined)
      return { kind: 'fixed', port: definition.port };
    return adapter.port;
  }
  const templates = [...(definition.command ?? []), ...Object.values(definition.environment)];
  const told = templates.some((text) => namesIn(text).some((name) => name === 'port' || name === 'url'));
  if (!told && definition.port !== undefined) return { kind: 'fixed', port: definition.port };
  return { kind: 'told' };
}

/** The default stop of a transport: an MCP server on stdio ends when its input ends. */
function stopOf(definition: Definition, adapter: Adapter | undefined, transport: Transport): StopSettings {
  const said = definition.stop ?? adapter?.stop;
  return said ?? (transport === 'stdio' ? { kind: 'stdin' } : { kind: 'signal', signal: 'SIGTERM' });
}

/** A daemon with an HTTP probe of its own need not speak MCP. */
function mcpPathOf({ probe }: Definition): string | null {
  if (probe?.kind === 'mcp') return probe.path;
  return probe === undefined || probe.kind === 'tcp' ? '/mcp' : null;
}

/** The spec of a definition with a command or an adapter (pure). `adapter` is the one that the definition names. */
export function externalSpec(definition: Definition, adapter: Adapter | undefined): ExternalSpec {
  const own = definition.command !== undefined;
  const transport = definition.transport ?? adapter?.transport ?? 'http';
  const commands = own ? [{ argv: definition.command ?? [], downloads: false }] : (adapter?.commands ?? []);
  const fallback: ExternalSpec['probe'] = transport === 'stdio' ? { kind: 'ping' } : { kind: 'auto' };
  return {
    service: definition.name,
    adapter: adapter?.name,
    commands,
    places: adapter?.places ?? {},
    environment: { ...adapter?.environment, ...definition.environment },
    workingDirectory: definition.workingDirectory ?? adapter?.workingDirectory,
    transport,
    mcpPath: definition.mcpPath ?? (adapter === undefined ? mcpPathOf(definition) : adapter.mcpPath),
    oneAtATime: adapter?.oneAtATime ?? false,
    port: portOf(definition, adapter, transport),
    probe: definition.probe ?? adapter?.probe ?? fallback,
    useful: definition.useful ?? adapter?.useful,
    watch: watchOf(definition.watch ?? adapter?.watch),
    stop: stopOf(definition, adapter, transport),
    exitCodes: { ...adapter?.exitCodes, ...definition.exitCodes },
    restart: definition.restart ?? adapter?.restart ?? restartSchema.parse({}),
    maxMemoryMb: definition.maxMemoryMb,
    startTimeoutSecs: Math.max(definition.startTimeoutSecs, adapter?.startTimeoutSecs ?? 0),
    stopTimeoutSecs: definition.stopTimeoutSecs,
    prepare: own ? undefined : adapter?.prepare,
    dataDir: definition.dataDir ?? adapter?.data.directory,
    secrets: definition.secrets ?? [],
  };
}
