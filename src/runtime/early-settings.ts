import { isAbsolute } from 'node:path';

/** What a host needs of its definition before it can listen, read without the schema, whose library takes longer to load than all the rest. */
export interface EarlySettings {
  port?: number;
  /** A loopback address, else undefined: only the schema can tell whether listening beyond loopback is safe. */
  listen: string | undefined;
  dataDir?: string;
  stopTimeoutSecs: number;
  startAtLogin: boolean;
  /** Of a daemon that is not the bundled one: what tells how it speaks. */
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

/** `localhost` is an address only once it is resolved: 127.0.0.1 is what clients are told. */
function loopback(listen: unknown): string | undefined {
  if (listen === undefined || listen === 'localhost') return '127.0.0.1';
  return listen === '127.0.0.1' || listen === '::1' ? listen : undefined;
}

/**
 * Takes from a definition's text what is plainly right and defaults for the rest. The schema judges the whole a moment
 * later, before anything but `/health` is answered. `listen` goes before the definition's.
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
