import type { Adapter } from '../adapters/schema.ts';
import { expectedPort } from '../external/port.ts';
import type { User } from '../system/system.ts';
import type { LegacyKind } from './finding.ts';

/** How a daemon is known by what runs, and where it says its port and data: what adapters need not know. */
interface Signatures {
  /** One of these in the argv is it: a program or script by its file name, `-m module`, or a program with its verb. */
  programs: readonly (readonly [string, ...string[]])[];
  /** Where its port is said, most telling first. */
  port: { flags: readonly string[]; variables: readonly string[]; usual: number | undefined };
  /** Only this daemon uses its usual port, so whoever holds it is worth a word. */
  ownPort: boolean;
  /** Where its data directory is said, and its usual place in the home of whoever runs it. */
  data: { flags: readonly string[]; variables: readonly string[]; inHome: string | undefined };
}

/** A memory daemon that people have: its marks, and the exact names that its older releases gave to what they registered (W20). */
export interface KnownDaemon extends Signatures {
  /** Its adapter's name; what a definition runs may have none. */
  name: string | undefined;
  /** The service of this user's that it is already: see defined.ts. */
  service?: string;
  /** Where it may listen by default: its older releases and its newer ones do not always agree. */
  ports: readonly number[];
  names: Partial<Record<LegacyKind, readonly string[]>>;
}

/** claude-mneme's sync server: the bundled daemon takes its place, in its data and with its clients. */
export const mneme = 'claude-mneme';

export const noSignatures: Signatures = {
  programs: [],
  port: { flags: [], variables: [], usual: undefined },
  ownPort: false,
  data: { flags: [], variables: [], inHome: undefined },
};

const signatures: Readonly<Record<string, Partial<Signatures>>> = {
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
    ],
    port: { flags: ['--port'], variables: ['MCP_HTTP_PORT'], usual: 8000 },
    data: { flags: [], variables: ['MCP_MEMORY_BASE_DIR'], inHome: '.local/share/mcp-memory' },
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
};

/** Words that stand in whatever starts the daemon. What a definition says may be quoted there, all but the program's name. */
export function tellingWords({ programs, service }: KnownDaemon): string[] {
  return programs.map((program) => (service === undefined ? (program.at(-1) ?? '') : program[0]));
}

type Legacy = Adapter['legacies'][number];

/** Units and jobs are looked for in both of their managers: people moved them from one to the other by hand. */
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

/** The whole path of a task; one release of graphiti put the user's name into its task's as well. */
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

/** Every daemon that has an adapter, the user's own among them. */
export function knownDaemons(
  adapters: readonly Pick<Adapter, 'name' | 'legacies' | 'port'>[],
  user: Pick<User, 'name' | 'uid'>,
): KnownDaemon[] {
  return adapters.map((adapter) => {
    const { name, legacies } = adapter;
    const own = { ...noSignatures, ...signatures[name] };
    return {
      ...own,
      name,
      names: namesOf(legacies, user.name),
      ports: portsOf(adapter, own.port.usual, user.uid),
    };
  });
}
