/** One folder of src, from the top of the house down. */
export interface Folder {
  name: string;
  /** What it is: the sentence of docs/ARCHITECTURE.md. */
  what: string;
  /** The folders whose files its own may import. Each must stand below it. */
  mayImport: readonly string[];
}

/** Files of src itself that every folder may import. They import nothing but one another. */
export const ground = ['crypto.ts', 'errors.ts', 'layout.ts', 'package.ts'];

/** The table of docs/ARCHITECTURE.md as data: what is not in it must not be imported, what is in it must be needed. */
export const folders: readonly Folder[] = [
  {
    name: 'index.ts',
    what: 'the library: what the commands do, as functions',
    mayImport: ['install', 'service'],
  },
  {
    name: 'cli',
    what: 'the command line: reads arguments, prints results',
    mayImport: [
      'legacy',
      'install',
      'host',
      'platform',
      'bridge',
      'runtime',
      'external',
      'daemon',
      'sync',
      'adapters',
      'system',
      'service',
    ],
  },
  {
    name: 'legacy',
    what: 'older ways a daemon was kept running: a folder per kind (detect, probe, parse, steps) and the migration',
    mayImport: ['install', 'platform', 'runtime', 'external', 'adapters', 'system', 'service'],
  },
  {
    name: 'install',
    what: 'install, uninstall, start and stop, and the one executor with its journal',
    mayImport: ['platform', 'runtime', 'external', 'adapters', 'system', 'service'],
  },
  {
    name: 'host',
    what: 'the process every unit runs: HTTP frontend, control server, advertiser, supervisor; `child/` runs external daemons',
    mayImport: ['bridge', 'runtime', 'external', 'daemon', 'adapters', 'system', 'service'],
  },
  {
    name: 'platform',
    what: 'the interface of a service manager (`backend.ts`) and the backends, each a folder: `render` (pure), `parse` (pure), `manager` (talks)',
    mayImport: ['runtime', 'system', 'service'],
  },
  {
    name: 'bridge',
    what: 'stdio to HTTP and HTTP to stdio',
    mayImport: ['runtime', 'daemon', 'system', 'service'],
  },
  {
    name: 'runtime',
    what: 'what others read and ask of a host: endpoint, control client, health, run history, port, logs',
    mayImport: ['adapters', 'system', 'service'],
  },
  {
    name: 'external',
    what: 'daemons of other people: how they are prepared, probed and stopped',
    mayImport: ['adapters', 'system', 'service'],
  },
  {
    name: 'daemon',
    what: 'the bundled memory daemon: HTTP, MCP, sessions, store, sync API',
    mayImport: ['system', 'service'],
  },
  {
    name: 'sync',
    what: 'the client of the sync API',
    mayImport: ['system', 'service'],
  },
  {
    name: 'adapters',
    what: 'the known external daemons, as data',
    mayImport: ['system', 'service'],
  },
  {
    name: 'system',
    what: 'every side effect: processes, files, clock, network, locks',
    mayImport: [],
  },
  {
    name: 'service',
    what: 'pure: definition, names, ports, plans, steps, status',
    mayImport: [],
  },
];
