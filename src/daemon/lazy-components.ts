import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import { databasePath } from '../layout.ts';
import type { StoreProblem } from '../service/store-problem.ts';
import { inspectSqliteFile } from '../system/sqlite-file.ts';
import { scheduleBackups } from './backups.ts';
import type { DaemonOptions } from './daemon.ts';
import { sendJson } from './http/reply.ts';
import type { Route } from './http/router.ts';
import { type Lazy, lazily } from './lazily.ts';
import type { McpEndpoint } from './mcp/index.ts';
import { checkReadiness } from './readiness.ts';
import { hasLog } from './store/files.ts';
import type { Store } from './store/index.ts';
import { jobStarter } from './store/job/run.ts';
import { problemOfFile, problemOfSpace } from './store/problem.ts';
import type { SyncApi } from './sync/index.ts';

/** The components of the daemon. Each is loaded by the first request that needs it, to save memory and start time. */
export interface LazyComponents {
  /** Why memories cannot be read or stored. Opens nothing. */
  problem(): StoreProblem | undefined;
  store: Lazy<Store>;
  mcp: Lazy<McpEndpoint>;
  sync: Lazy<SyncApi>;
  routes: readonly Route[];
  close(): Promise<void>;
}

function lazyStore({ service, dataDir, clock, log, exec }: DaemonOptions): Lazy<Store> {
  return lazily(async () => {
    const { createStore } = await import('./store/index.ts');
    return createStore(dataDir, clock, log, { service, startJob: jobStarter(exec), lockTimeoutMs: 0 });
  });
}

function lazyMcp(
  { version, token, settings, log, clock }: DaemonOptions,
  store: Lazy<Store>,
): Lazy<McpEndpoint> {
  return lazily(async () => {
    const [{ createMcpEndpoint }, { serverFactory }] = await Promise.all([
      import('./mcp/index.ts'),
      import('./mcp/server.ts'),
    ]);
    const options = { version, store: await store.get(), log, clock };
    return createMcpEndpoint({
      createServer: serverFactory(options),
      settings: settings.sessions,
      idKey: token,
      log,
      clock,
    });
  });
}

function lazySync({ dataDir, token, settings, log, clock }: DaemonOptions): Lazy<SyncApi> {
  return lazily(async () => {
    const { createSyncApi } = await import('./sync/index.ts');
    const { apiKeys, lockTtlMinutes, rateLimit, rateWindowSecs } = settings.sync;
    return createSyncApi({
      dir: settings.sync.dataDir ?? join(dataDir, 'projects'),
      apiKeys: [token, ...apiKeys],
      lockTtlMs: lockTtlMinutes * 60_000,
      rateLimit: { max: rateLimit, windowMs: rateWindowSecs * 1_000 },
      log,
      clock,
    });
  });
}

function routesOf(
  { dataDir, settings }: DaemonOptions,
  { store, mcp, sync }: Pick<LazyComponents, 'store' | 'mcp' | 'sync'>,
): Route[] {
  return [
    {
      path: '/mcp',
      methods: ['GET', 'POST', 'DELETE'],
      handle: async (request, response) => (await mcp.get()).handle(request, response),
    },
    {
      path: '/readyz',
      methods: ['GET'],
      async handle(_request, response) {
        const readiness = checkReadiness(await store.get(), dataDir);
        sendJson(response, readiness.status === 'ready' ? 200 : 503, readiness);
      },
    },
    {
      path: '/projects',
      below: true,
      keys: settings.sync.apiKeys,
      handle: async (request, response) => (await sync.get()).handle(request, response),
    },
  ];
}

function backupsOf({ dataDir, backupDir, settings, log, clock, exec }: DaemonOptions) {
  if (backupDir === undefined) return undefined;
  return scheduleBackups({
    ...{ path: databasePath(dataDir), directory: backupDir, settings: settings.backups, clock, log },
    startJob: jobStarter(exec),
  });
}

/** Makes the components and their routes. Loads none of them, except the store after a kill. */
export function createLazyComponents(options: DaemonOptions): LazyComponents {
  const { service, dataDir, log } = options;
  const store = lazyStore(options);
  const mcp = lazyMcp(options, store);
  const sync = lazySync(options);

  // After a kill deletions may be unfinished, so the store is opened now and not on first use.
  if (hasLog(dataDir)) {
    store
      .get()
      .then((opened) => opened.recover())
      .catch((error: unknown) => log('store.recovery-failed', { error: messageOf(error) }));
  }

  const path = databasePath(dataDir);
  const backups = backupsOf(options);
  const problemOfUnused = () => problemOfFile(inspectSqliteFile(path), path, service);
  return {
    problem() {
      const opened = store.current();
      const seen = opened === undefined ? problemOfUnused() : opened.problem();
      return seen ?? problemOfSpace(dataDir);
    },
    store,
    mcp,
    sync,
    routes: routesOf(options, { store, mcp, sync }),
    async close() {
      await mcp.current()?.close();
      await sync.current()?.close();
      backups?.stop();
      store.current()?.close();
    },
  };
}
