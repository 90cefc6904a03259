import { messageOf } from '../errors.ts';
import { build, version } from '../package.ts';
import { userId } from '../runtime/identity.ts';
import type { HostReport } from '../runtime/report.ts';
import { takeVariable } from '../runtime/socket-activation.ts';
import { ensureToken } from '../runtime/token.ts';
import { registerWriter } from '../runtime/writers.ts';
import { randomHex } from '../system/random.ts';
import type { RunContext } from './context.ts';
import type { PrivateHttp } from './control-server.ts';
import { EndpointFile } from './endpoint-file.ts';
import { beatEvery } from './heartbeat.ts';
import type { HostIdentity } from './http-frontend.ts';
import { notifyAlive, notifyReady } from './notify.ts';
import type { RunRecorder } from './run-recorder.ts';

/**
 * Runtime directories are swept after six hours without use, temporary directories after days. This is well within
 * both.
 */
const refreshMs = 600_000;

/** How often the host looks whether its directory is still there. */
const lookMs = 5000;

/** Where clients find the service. */
export interface Address {
  host: string;
  port: number;
  url: string;
}

/** The part of the report that changes during a run. */
export type StatusSnapshot = Pick<HostReport, 'phase' | 'counters' | 'store' | 'foreign' | 'connections'>;

/** Makes a host visible to others: endpoint file, control channel, and the ready notification to the manager. */
export class Advertiser {
  readonly identity: Omit<HostIdentity, 'dataDirId'>;
  readonly #context: RunContext;
  readonly #recorder: RunRecorder;
  readonly #snapshot: () => Promise<StatusSnapshot>;
  readonly #data: Pick<HostIdentity, 'dataDirId'> | undefined;
  readonly #startedAt: Date;
  readonly #notifySocket: string | undefined;
  /** After how long without a notification the manager kills the host; NaN if it never does. sd_watchdog_enabled(3) */
  readonly #watchdogMs: number;
  #endpointFile: EndpointFile | undefined;
  /** Publishes as the last time, in a directory that can be used now. */
  #open: (() => Promise<EndpointFile>) | undefined;
  #sinceRefresh = 0;
  #registration: Promise<{ release(): Promise<void> } | undefined> | undefined;
  #address: Address | undefined;

  /** `data`: the identity of the data directory; undefined for an external daemon, whose data is not ours. */
  constructor(
    context: RunContext,
    recorder: RunRecorder,
    snapshot: () => Promise<StatusSnapshot>,
    data: Pick<HostIdentity, 'dataDirId'> | undefined = undefined,
  ) {
    const { system, service, options } = context;
    this.#data = data;
    this.#startedAt = system.clock.now();
    this.#context = context;
    this.#recorder = recorder;
    this.#snapshot = snapshot;
    this.#notifySocket = takeVariable(options.env, 'NOTIFY_SOCKET');
    const watched = takeVariable(options.env, 'WATCHDOG_PID') ?? String(process.pid);
    const usec = takeVariable(options.env, 'WATCHDOG_USEC');
    this.#watchdogMs = watched === String(process.pid) ? Number(usec) / 1000 : Number.NaN;
    this.identity = {
      app: 'memoryd',
      service,
      version,
      build,
      user: userId(system),
      nonce: randomHex(16),
      pid: process.pid,
    };
  }

  /**
   * Publishes the endpoint, replacing an earlier one. `external`: the daemon at the address does not report our
   * identity. `http` takes over HTTP connections on the private socket. Throws `permission` if there is no private
   * directory.
   */
  async publish(
    address: Address,
    { external = false, http }: { external?: boolean; http?: PrivateHttp } = {},
  ): Promise<void> {
    const { system, roots, paths, options, log } = this.#context;
    const { platform, files, processes } = system;
    const first = this.#address === undefined;
    this.#address = address;
    const endpoint = {
      schema: 1 as const,
      ...this.identity,
      ...this.#data,
      ...address,
      ...(external ? { foreign: true } : {}),
      start: processes.startIdentity(process.pid) ?? null,
      startedAt: this.#startedAt.toISOString(),
    };
    const handlers = {
      report: () => this.report(),
      stop: () => options.shutdown.stop('asked over the control channel'),
      refused: (error: Error) => log.write('control.refused', { why: messageOf(error) }),
      token: () => ensureToken(files, paths),
      mustProve: platform === 'win32',
      ...(http === undefined ? {} : { http }),
    };
    await this.#endpointFile?.close();
    this.#open = () => EndpointFile.open(system, roots, endpoint, handlers);
    this.#endpointFile = await this.#open();
    if (!first) return;
    this.#refreshLater();
    this.#registration = this.#register();
  }

  /** Called after publishing: a writer that is registered but has no endpoint counts as in need of a restart. */
  async #register() {
    const { system, service, paths, log } = this.#context;
    try {
      return await registerWriter(system, paths, 'host', `memoryd host ${service}`);
    } catch (error) {
      // A full disk must not stop a service that does not need disk space. The log has the reason.
      log.write('writer.unregistered', { why: messageOf(error) });
      return undefined;
    }
  }

  #refreshLater(): void {
    const { clock } = this.#context.system;
    clock.after(lookMs, () => void this.#refresh());
  }

  async #refresh(): Promise<void> {
    try {
      if ((await this.#snapshot()).phase === 'stopping') return;
      this.#sinceRefresh += lookMs;
      if ((await this.#endpointFile?.isLost()) === true) await this.#reopen();
      else if (this.#sinceRefresh >= refreshMs) {
        this.#sinceRefresh = 0;
        await this.#endpointFile?.refresh();
      }
    } catch (error) {
      this.#context.log.write('endpoint.lost', { why: messageOf(error) });
    }
    this.#refreshLater();
  }

  /** The runtime directory was swept, or went with a session: clients could not find the service any more (N31). */
  async #reopen(): Promise<void> {
    await this.#endpointFile?.close();
    this.#endpointFile = await this.#open?.();
    this.#context.log.write('endpoint.restored', { path: this.#endpointFile?.endpoint.control });
  }

  /** Reports that the service answers: to the log, the supervisor, the manager and the run history. */
  async announce(): Promise<void> {
    const { system, log, options } = this.#context;
    const url = this.#address?.url ?? '';
    log.write('host.ready', { url, ms: Math.round(system.clock.monotonic()) });
    options.onReady?.();
    if (this.#notifySocket !== undefined) {
      await notifyReady(system, this.#notifySocket, `answering on ${url}`, log.write);
    }
    this.#stayAlive();
    await this.#recorder.ready();
  }

  /** Notifies three times per watchdog period, so that one notification may be late. */
  #stayAlive(): void {
    const { system, log } = this.#context;
    const socket = this.#notifySocket;
    if (socket === undefined || !(this.#watchdogMs > 0)) return;
    beatEvery(system.clock, this.#watchdogMs / 3, () => void notifyAlive(system, socket, log.write));
  }

  async report(): Promise<HostReport> {
    const { log, system } = this.#context;
    const snapshot = await this.#snapshot();
    const refusedRuntimes = this.#endpointFile?.refused ?? [];
    return {
      nonce: this.identity.nonce,
      pid: process.pid,
      version,
      build,
      url: this.#address?.url ?? '',
      port: this.#address?.port ?? 0,
      uptimeMs: Math.round(system.clock.monotonic()),
      restarts: this.#recorder.restarts,
      rssBytes: process.memoryUsage.rss(),
      droppedLogLines: log.dropped,
      ...(refusedRuntimes.length === 0 ? {} : { refusedRuntimes }),
      ...snapshot,
    };
  }

  async close(): Promise<void> {
    await this.#endpointFile?.close();
    await (await this.#registration)?.release();
  }
}
