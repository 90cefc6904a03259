import type { LegacyKind } from './finding.ts';

/** Names that projects gave to what they registered. Exact, because a neighbour's name may begin alike (W20). */
type Names = Partial<Record<LegacyKind, readonly string[]>>;

/** A memory daemon that people have, and what its older releases left on machines. */
export interface KnownDaemon {
  /** Its adapter's name, and the service name it gets here. */
  name: string;
  names: Names;
  /** One of these in the argv is it: a program or script by its file name, `-m module`, or a program with its verb. */
  programs: readonly (readonly [string, ...string[]])[];
  /** Where its port is said, most telling first. */
  port: { flags: readonly string[]; variables: readonly string[]; usual: number };
  /** `ownPort`: only this daemon uses its usual port, so whoever holds it is worth a word. */
  ownPort: boolean;
  /** Where its data directory is said, and its usual place in the home of whoever runs it. */
  data: { flags: readonly string[]; variables: readonly string[]; inHome: string };
}

/** `user` is put in where a name holds the account. */
const graphitiTasks = (user: string) => [
  '\\GraphitiBootstrap',
  `\\GraphitiBootstrap_${user}`,
  '\\Graphiti\\GraphitiBootstrap',
];

/** Read from the projects' public sources and their issue threads. `user` and `uid` are this user's. */
export function knownDaemons(user: { name: string; uid: number }): readonly KnownDaemon[] {
  return [
    {
      name: 'mneme-server',
      names: {
        'system-unit': ['mneme-server.service'],
        'user-unit': ['mneme-server.service'],
        docker: ['mneme-server'],
        pm2: ['mneme-server'],
      },
      programs: [['mneme-server.mjs']],
      port: { flags: [], variables: [], usual: 3847 },
      ownPort: true,
      data: { flags: [], variables: [], inHome: '.mneme-server' },
    },
    {
      name: 'claude-mem',
      names: { pm2: ['claude-mem-worker'] },
      programs: [['worker-service.cjs'], ['worker-service.js']],
      port: { flags: ['--port'], variables: ['CLAUDE_MEM_WORKER_PORT'], usual: 37_777 },
      ownPort: true,
      data: { flags: [], variables: ['CLAUDE_MEM_DATA_DIR'], inHome: '.claude-mem' },
    },
    {
      name: 'graphiti',
      names: {
        'windows-service': ['GraphitiBootstrap', 'GraphitiMCP'],
        'launch-daemon': ['com.graphiti.bootstrap', 'com.graphiti.mcp'],
        'launch-agent': ['com.graphiti.bootstrap', 'com.graphiti.mcp'],
        'system-unit': ['graphiti-bootstrap.service', 'graphiti-mcp.service'],
        'user-unit': ['graphiti-bootstrap.service', 'graphiti-mcp.service'],
        task: graphitiTasks(user.name),
      },
      programs: [['-m', 'mcp_server.daemon.bootstrap'], ['graphiti_mcp_server.py']],
      port: { flags: ['--port'], variables: [], usual: 8321 },
      ownPort: true,
      data: { flags: [], variables: [], inHome: '.graphiti' },
    },
    {
      name: 'mcp-memory-service',
      names: {
        task: ['\\MCPMemoryHTTPServer'],
        'launch-daemon': ['com.mcp-memory-service.http-server'],
        'launch-agent': ['com.mcp-memory-service.http-server'],
        'system-unit': ['mcp-memory.service', 'mcp-memory-http.service'],
        'user-unit': ['mcp-memory.service', 'mcp-memory-http.service'],
      },
      programs: [
        ['memory', 'server'],
        ['-m', 'mcp_memory_service.server'],
      ],
      port: { flags: ['--port'], variables: ['MCP_HTTP_PORT'], usual: 8000 },
      ownPort: false,
      data: { flags: [], variables: ['MCP_MEMORY_BASE_DIR'], inHome: '.local/share/mcp-memory' },
    },
    {
      name: 'memtomem',
      names: {},
      programs: [['memtomem-server']],
      port: { flags: ['--port'], variables: [], usual: 8000 },
      ownPort: false,
      data: { flags: [], variables: [], inHome: '.memtomem' },
    },
    {
      name: 'memory-mcp',
      names: { docker: ['memory-mcp'] },
      programs: [['memory-mcp', 'serve']],
      port: { flags: ['--bind'], variables: ['MEMORY_MCP_BIND'], usual: 8080 },
      ownPort: false,
      data: { flags: ['--repo-path'], variables: ['MEMORY_MCP_REPO_PATH'], inHome: '.memory-mcp' },
    },
    {
      name: 'basic-memory',
      names: {},
      programs: [
        ['basic-memory', 'mcp'],
        ['bm', 'mcp'],
      ],
      port: { flags: ['--port'], variables: [], usual: 8000 },
      ownPort: false,
      data: { flags: [], variables: ['BASIC_MEMORY_HOME'], inHome: 'basic-memory' },
    },
  ];
}
