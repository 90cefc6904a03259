import { isAbsolute } from 'node:path';

/**
 * What a host needs from its definition before it can listen. Read without the schema, because loading the schema's
 * library takes longer than everything else.
 */
export interface EarlySettings {
  port?: number;
  /** A loopback address, else undefined: only the schema can check whether it is safe to listen beyond loopback. */
  listen: string | undefined;
  dataDir?: string;
  stopTimeoutSecs: number;
  startAtLogin: boolean;
  /** For an external daemon: the settings that decide how it communicates. */
  external?: { adapter: string | undefined; transport: string | undefined };
  logs: { maxFileMb?: number; keepDays?: number; keepTotalMb?: number; compress?: boolean };
}

function parse(text: string): Record<string, unknown> {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return {};
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function positive(value: unknown): number | undefined {
  return Number.isInteger(value) && (value as number) > 0 ? (value as number) : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** `localhost` must be resolved before it can be bound. Clients are given 127.0.0.1. */
function loopback(listen: unknown): string | undefined {
  if (listen === undefined || listen === 'localhost') return '127.0.0.1';
  return listen === '127.0.0.1' || listen === '::1' ? listen : undefined;
}

/**
 * Reads settings from the text of a definition, with defaults for everything invalid (pure). The schema checks the
 * whole definition soon after, before anything but `/health` is answered. `listen` overrides the one of the definition.
 */
export function earlySettings(text: string, listen?: string): EarlySettings {
  const definition = parse(text);
  const logs = objectOf(definition.logs);
  const sizes = ['maxFileMb', 'keepDays', 'keepTotalMb'] as const;
  const port = positive(definition.port);
  return {
    ...(port !== undefined && port >= 1024 && port <= 65_535 ? { port } : {}),
    listen: loopback(listen ?? objectOf(definition.daemon).listen),
    ...(typeof definition.dataDir === 'string' && isAbsolute(definition.dataDir)
      ? { dataDir: definition.dataDir }
      : {}),
    stopTimeoutSecs: positive(definition.stopTimeoutSecs) ?? 10,
    startAtLogin: definition.startAtLogin !== false,
    ...(definition.command === undefined && definition.adapter === undefined
      ? {}
      : { external: { adapter: textOf(definition.adapter), transport: textOf(definition.transport) } }),
    logs: {
      ...Object.fromEntries(sizes.flatMap((size) => (positive(logs[size]) ? [[size, logs[size]]] : []))),
      compress: logs.compress === true,
    },
  };
}
