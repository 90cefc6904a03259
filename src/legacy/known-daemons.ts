import type { Adapter } from '../adapters/schema.ts';
import { expectedPort } from '../external/port.ts';
import type { ProbeSettings } from '../service/external-settings.ts';
import type { User } from '../system/system.ts';
import type { LegacyKind } from './finding.ts';

/** How a running daemon is recognised, and where its port and data directory are set. Adapters do not need this. */
interface Signatures {
  /**
   * The daemon is recognised when one of these is in the argv: a program or script by its file name, `-m module`, or a
   * program and its subcommand.
   */
  programs: readonly (readonly [string, ...string[]])[];
  /** Where its port is set. The most specific setting is first. */
  port: { flags: readonly string[]; variables: readonly string[]; usual: number | undefined };
  /** No other program uses its usual port, so any listener there is reported. */
  ownPort: boolean;
  /** Where its data directory is set, and its usual path in the home of the account. */
  data: { flags: readonly string[]; variables: readonly string[]; inHome: string | undefined };
  /** Programs of the same daemon that its adapter's probe does not fit. */
  otherProbe?: { programs: Signatures['programs']; probe: ProbeSettings };
}

/**
 * A memory daemon that users may have: its signatures, and the exact names that its older releases registered (W20).
 */
export interface KnownDaemon extends Signatures {
  /** The name of its adapter. Undefined for the command of a definition without an adapter. */
  name: string | undefined;
  /** Its adapter. Undefined like its name. */
  adapter?: Pick<Adapter, 'places' | 'commands' | 'environment'>;
  /** The service of this user that already runs it: see own-services.ts. */
  service?: string;
  /** The ports it may use by default. Its older and newer releases can differ. */
  ports: readonly number[];
  names: Partial<Record<LegacyKind, readonly string[]>>;
}

/** claude-mneme's sync server. The bundled daemon replaces it and serves its data and its clients. */
export const mneme = 'claude-mneme';

export const noSignatures: Signatures = {
  programs: [],
  port: { flags: [], variables: [], usual: undefined },
  ownPort: false,
  data: { flags: [], variables: [], inHome: undefined },
};

/** The data directory of mcp-memory-service in a home, as its config.py has it. */
const mcpMemoryHome: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'Library/Application Support/mcp-memory',
  win32: 'AppData/Local/mcp-memory',
};

const signaturesOn = (platform: NodeJS.Platform): Readonly<Record<string, Partial<Signatures>>> => ({
  [mneme]: {
    programs: [['mneme-server.mjs']],
    port: { flags: [], variables: [], usual: 3847 },
    ownPort: true,
    data: { flags: [], variables: [], inHome: '.mneme-server' },
  },
  'claude-mem': {
    programs: [['worker-service.cjs'], ['worker-service.js']],
    port: { flags: ['--port'], variables: ['CLAUDE_MEM_WORKER_PORT'], usual: 37_777 },
    ownPort: true,
    data: { flags: [], variables: ['CLAUDE_MEM_DATA_DIR'], inHome: '.claude-mem' },
  },
  graphiti: {
    programs: [['-m', 'mcp_server.daemon.bootstrap'], ['graphiti_mcp_server.py']],
    port: { flags: ['--port'], variables: [], usual: 8321 },
    ownPort: true,
    data: { flags: [], variables: [], inHome: '.graphiti' },
  },
  'mcp-memory-service': {
    programs: [
      ['memory', 'server'],
      ['-m', 'mcp_memory_service.server'],
      ['-m', 'mcp_memory_service.mcp_server'],
      ['run_http_server.py'],
    ],
    port: { flags: ['--port'], variables: ['MCP_HTTP_PORT', 'MCP_SERVER_PORT'], usual: 8000 },
    data: {
      flags: [],
      variables: ['MCP_MEMORY_BASE_DIR'],
      inHome: mcpMemoryHome[platform] ?? '.local/share/mcp-memory',
    },
    // Its unit mcp-memory.service runs the MCP server alone, which has no /api/health.
    otherProbe: {
      programs: [['-m', 'mcp_memory_service.mcp_server']],
      probe: { kind: 'mcp', path: '/mcp' },
    },
  },
  memtomem: {
    programs: [['memtomem-server']],
    port: { flags: ['--port'], variables: [], usual: 8000 },
    data: { flags: [], variables: [], inHome: '.memtomem' },
  },
  'memory-mcp': {
    programs: [['memory-mcp', 'serve']],
    port: { flags: ['--bind'], variables: ['MEMORY_MCP_BIND'], usual: 8080 },
    data: { flags: ['--repo-path'], variables: ['MEMORY_MCP_REPO_PATH'], inHome: '.memory-mcp' },
  },
  'basic-memory': {
    programs: [
      ['basic-memory', 'mcp'],
      ['bm', 'mcp'],
    ],
    port: { flags: ['--port'], variables: [], usual: 8000 },
    data: { flags: [], variables: ['BASIC_MEMORY_HOME'], inHome: 'basic-memory' },
  },
});

/**
 * Gives words that occur in every file that starts the daemon. The arguments of a definition may be quoted there, so
 * only the program's name is used for a service.
 */
export function tellingWords({ programs, service }: KnownDaemon): string[] {
  return programs.map((program) => (service === undefined ? (program.at(-1) ?? '') : program[0]));
}

type Legacy = Adapter['legacies'][number];

/** Units and jobs are searched in both of their managers, because users move them by hand. */
const kinds: Partial<Record<Legacy['kind'], readonly LegacyKind[]>> = {
  'pm2-app': ['pm2'],
  'windows-service': ['windows-service'],
  'systemd-system-unit': ['system-unit', 'user-unit'],
  'systemd-user-unit': ['system-unit', 'user-unit'],
  'launch-agent': ['launch-agent', 'launch-daemon'],
  'launch-daemon': ['launch-agent', 'launch-daemon'],
  'scheduled-task': ['task'],
  container: ['docker'],
};

/** The full path of a task. One release of graphiti added the user's name to it. */
function taskNames(name: string, user: string): string[] {
  const path = name.startsWith('\\') ? name : `\\${name}`;
  return [path, `${path}_${user}`];
}

function namesOf(legacies: readonly Legacy[], user: string): KnownDaemon['names'] {
  const names: Partial<Record<LegacyKind, string[]>> = {};
  for (const { kind, name } of legacies) {
    for (const known of kinds[kind] ?? []) {
      const list = names[known] ?? [];
      list.push(...(known === 'task' ? taskNames(name, user) : [name]));
      names[known] = list;
    }
  }
  return names;
}

function portsOf({ port }: Pick<Adapter, 'port'>, usual: number | undefined, uid: number): number[] {
  const newer = port.kind === 'told' ? undefined : expectedPort(port.port, uid);
  return [...new Set([usual, newer].filter((one) => one !== undefined))];
}

/** Gives every daemon that has an adapter, including the user's own adapters. */
export function knownDaemons(
  adapters: readonly Pick<Adapter, 'name' | 'legacies' | 'port' | 'places' | 'commands' | 'environment'>[],
  user: Pick<User, 'name' | 'uid'>,
  platform: NodeJS.Platform,
): KnownDaemon[] {
  const signatures = signaturesOn(platform);
  return adapters.map((adapter) => {
    const { name, legacies } = adapter;
    const own = { ...noSignatures, ...signatures[name] };
    return {
      ...own,
      name,
      adapter,
      names: namesOf(legacies, user.name),
      ports: portsOf(adapter, own.port.usual, user.uid),
    };
  });
}
