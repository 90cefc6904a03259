import { setTimeout as delay } from 'node:timers/promises';
import type { Daemon } from '../daemon/daemon.ts';
import { messageOf } from '../errors.ts';
import { build, version } from '../package.ts';
import type { Definition } from '../service/definition.ts';
import type { Account } from './account.ts';
import { takeVariable } from './activation.ts';
import type { RunContext } from './context.ts';
import { Front, type Identity } from './front.ts';
import { userId } from './identity.ts';
import { dataDirId, newNonce } from './ids.ts';
import { addressOf } from './listen.ts';
import { loadDefinition } from './load.ts';
import { notifyReady } from './notify.ts';
import { occupy } from './occupy.ts';
import { Publication } from './publication.ts';
import type { HostReport } from './report.ts';
import { ensureToken } from './token.ts';

/** Well within the six hours and the days after which runtime and temporary directories are swept. */
const refreshMs = 600_000;
/** What is left to the supervisor or manager of the time a stop may take, so that we end before it kills. */
const reserveSecs = 2;

/** A listening host: `/health` at once, the daemon as soon as it is loaded. */
export class Host {
  readonly #context: RunContext;
  readonly #account: Account;
  readonly #front: Front;
  readonly #identity: Identity;
  readonly #startedAt = new Date();
  readonly #notifySocket: string | undefined;
  #publication: Publication | undefined;
  #daemon: Daemon | undefined;
  #coming: Promise<void> = Promise.resolve();

  constructor(context: RunContext, account: Account) {
    const { system, service, paths, early, options } = context;
    this.#context = context;
    this.#account = account;
    this.#notifySocket = takeVariable(options.env, 'NOTIFY_SOCKET');
    this.#identity = {
      app: 'memoryd',
      service,
      version,
      build,
      user: userId(system),
      dataDirId: dataDirId(early.dataDir ?? paths.data),
      nonce: newNonce(),
      pid: process.pid,
    };
    this.#front = new Front(this.#identity);
  }

  /** Resolves when the daemon answers and the manager knows. Throws what kept it from that. */
  start(): Promise<void> {
    this.#coming = this.#come();
    return this.#coming;
  }

  async #come(): Promise<void> {
    const { early, system, log, options } = this.#context;
    // An address beyond loopback is not bound before the schema has agreed to it.
    const checked = early.listen === undefined ? await loadDefinition(this.#context) : undefined;
    await occupy(this.#front.server, early.listen ?? checked?.daemon.listen ?? '127.0.0.1', this.#context);
    await Promise.all([this.#publish(), this.#account.save()]);
    this.#daemon = await this.#load(checked ?? (await loadDefinition(this.#context)));
    this.#front.mount(this.#daemon);
    if (this.#front.phase === 'starting') this.#front.phase = 'ready';
    const { url } = this.#endpointAddress();
    log.write('host.ready', { url, ms: Math.round(system.clock.monotonic()) });
    options.onReady?.();
    if (this.#notifySocket !== undefined) {
      await notifyReady(system, this.#notifySocket, `answering on ${url}`, log.write);
    }
    await this.#account.ready();
  }

  async #load(definition: Definition): Promise<Daemon> {
    const { system, service, paths, early, log, dependencies } = this.#context;
    this.#front.allowedHosts = definition.daemon.allowedHosts;
    return dependencies.createDaemon(definition, {
      service,
      version,
      dataDir: early.dataDir ?? paths.data,
      token: await ensureToken(system.files, paths),
      port: this.#front.port,
      log: log.write,
      clock: system.clock,
    });
  }

  #endpointAddress(): { host: string; port: number; url: string } {
    const { host, port } = addressOf(this.#front.server);
    const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
    return { host, port, url: `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}` };
  }

  async #publish(): Promise<void> {
    const { system, roots, paths, options } = this.#context;
    const { platform, files, processes } = system;
    const endpoint = {
      schema: 1 as const,
      ...this.#identity,
      ...this.#endpointAddress(),
      start: processes.startIdentity(process.pid) ?? null,
      startedAt: this.#startedAt.toISOString(),
    };
    const handlers = {
      report: () => this.report(endpoint.url),
      stop: () => options.ending.stop('asked over the control channel'),
      ...(platform === 'win32' ? { token: () => ensureToken(files, paths) } : {}),
    };
    this.#publication = await Publication.open(system, roots, endpoint, handlers);
    this.#refreshLater();
  }

  #refreshLater(): void {
    const { clock } = this.#context.system;
    clock.after(refreshMs, () => {
      this.#publication
        ?.refresh()
        .catch((error: unknown) => this.#context.log.write('endpoint.lost', { why: messageOf(error) }));
      if (this.#front.phase !== 'stopping') this.#refreshLater();
    });
  }

  report(url: string): HostReport {
    const { log, system } = this.#context;
    return {
      nonce: this.#identity.nonce,
      pid: process.pid,
      version,
      build,
      phase: this.#front.phase,
      url,
      port: this.#front.port,
      uptimeMs: Math.round(system.clock.monotonic()),
      restarts: this.#account.restarts,
      rssBytes: process.memoryUsage.rss(),
      droppedLogLines: log.dropped,
      counters: this.#daemon?.counters() ?? {},
    };
  }

  /** Answers what had come in, closes the daemon, takes the endpoint back; gives up waiting at the deadline. Tells whether all went well. */
  async stop(): Promise<boolean> {
    const limitMs = Math.max(1, this.#context.early.stopTimeoutSecs - reserveSecs) * 1000;
    this.#front.phase = 'stopping';
    const clean = await Promise.race([this.#windDown(limitMs), delay(limitMs, false)]);
    this.#front.connections.closeAll();
    await this.#publication?.close();
    return clean;
  }

  async #windDown(limitMs: number): Promise<boolean> {
    const { connections } = this.#front;
    try {
      await Promise.allSettled([this.#coming]);
      this.#front.refuseWaiting();
      // What stands open longer than that is cut off after the store is closed, not before.
      await connections.drain(limitMs * 0.6);
      await this.#daemon?.close();
      await connections.drain(limitMs * 0.1);
      return connections.pending === 0;
    } catch (error) {
      this.#context.log.write('host.stop-failed', { error: messageOf(error) });
      return false;
    }
  }

  /** Ends without the daemon's help: it never came, or cannot be trusted any more. */
  async abandon(): Promise<void> {
    this.#front.phase = 'stopping';
    this.#front.refuseWaiting();
    await this.#front.connections.drain(200);
    this.#front.connections.closeAll();
    await this.#publication?.close();
  }
}
