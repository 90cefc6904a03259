import type { Daemon } from '../daemon/daemon.ts';
import { createKeyCheck } from '../daemon/sync/keys.ts';
import { messageOf } from '../errors.ts';
import { version } from '../package.ts';
import { bindPort } from '../runtime/bind-port.ts';
import { addressOf } from '../runtime/listen.ts';
import { loadDefinition } from '../runtime/load-definition.ts';
import { ensureToken } from '../runtime/token.ts';
import type { Definition } from '../service/definition.ts';
import { type Address, Advertiser } from './advertiser.ts';
import type { StdioDaemon } from './child/stdio.ts';
import type { RunContext } from './context.ts';
import { dataDirId } from './data-dir-id.ts';
import { HttpFrontend } from './http-frontend.ts';
import type { RunRecorder } from './run-recorder.ts';

/** Subtracted from the stop timeout, so that we end before the supervisor or manager kills us. */
const reserveSecs = 2;

/** A host that listens: it answers `/health` at once, and everything else when the daemon is loaded. */
export class Host {
  readonly #context: RunContext;
  readonly #recorder: RunRecorder;
  readonly #frontend: HttpFrontend;
  readonly #advertiser: Advertiser;
  #daemon: Daemon | undefined;
  /** The daemon, if it is a server on standard streams. */
  #stdio: StdioDaemon | undefined;
  #starting: Promise<void> = Promise.resolve();

  constructor(context: RunContext, recorder: RunRecorder) {
    this.#context = context;
    this.#recorder = recorder;
    const snapshot = async () => ({
      ...this.#storeProblem(),
      ...(this.#stdio === undefined ? {} : { foreign: await this.#stdio.report() }),
      phase: this.#frontend.phase,
      counters: this.#daemon?.counters() ?? {},
      connections: await this.#frontend.connections.report(),
    });
    const data = { dataDirId: dataDirId(context.early.dataDir ?? context.paths.data) };
    this.#advertiser = new Advertiser(context, recorder, snapshot, data);
    this.#frontend = new HttpFrontend(
      { ...this.#advertiser.identity, ...data },
      { system: context.system, log: context.log.write },
    );
  }

  /** Resolves when the daemon answers and the manager is notified. Throws the reason if it cannot be started. */
  start(): Promise<void> {
    this.#starting = this.#startUp();
    return this.#starting;
  }

  async #startUp(): Promise<void> {
    const { early, log, options } = this.#context;
    // An address beyond loopback is bound only after the schema has accepted it.
    const checked = early.listen === undefined ? await loadDefinition(this.#context) : undefined;
    const address = early.listen ?? checked?.daemon.listen ?? '127.0.0.1';
    await bindPort(this.#frontend.server, address, { ...this.#context, log: log.write, env: options.env });
    await Promise.all([
      this.#advertiser.publish(this.#address(), { http: this.#frontend }),
      this.#recorder.save(),
    ]);
    this.#daemon = await this.#load(checked ?? (await loadDefinition(this.#context)));
    this.#frontend.mount(this.#daemon);
    if (this.#frontend.phase === 'starting') this.#frontend.phase = 'ready';
    await this.#advertiser.announce();
  }

  async #load(definition: Definition): Promise<Daemon> {
    const { system, service, paths, early, log, dependencies } = this.#context;
    this.#frontend.allowedHosts = definition.daemon.allowedHosts;
    const token = await ensureToken(system.files, paths);
    const checkKey = createKeyCheck([token, ...definition.daemon.sync.apiKeys]);
    this.#frontend.accepts = (authorization) => checkKey(authorization).kind === 'right';
    const options = {
      service,
      version,
      dataDir: early.dataDir ?? paths.data,
      backupDir: paths.backups,
      token,
      port: this.#frontend.port,
      log: log.write,
      clock: system.clock,
      exec: system.exec,
    };
    if (definition.command === undefined && definition.adapter === undefined) {
      return dependencies.createDaemon(definition, options);
    }
    const { startStdioDaemon } = await import('./child/stdio.ts');
    this.#stdio = await startStdioDaemon(this.#context, definition, options);
    return this.#stdio;
  }

  #storeProblem() {
    const store = this.#daemon?.problem?.();
    return store === undefined ? {} : { store };
  }

  #address(): Address {
    const { host, port } = addressOf(this.#frontend.server);
    const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
    return { host, port, url: `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}` };
  }

  /**
   * Answers the received requests, closes the daemon and removes the endpoint; stops waiting at the deadline. Returns
   * whether all of it succeeded.
   */
  async stop(): Promise<boolean> {
    const limitMs = Math.max(1, this.#context.early.stopTimeoutSecs - reserveSecs) * 1000;
    this.#frontend.phase = 'stopping';
    const clean = await Promise.race([
      this.#drain(limitMs),
      this.#context.system.clock.sleep(limitMs).then(() => false),
    ]);
    this.#frontend.connections.closeAll();
    await this.#advertiser.close();
    return clean;
  }

  async #drain(limitMs: number): Promise<boolean> {
    const { connections } = this.#frontend;
    try {
      await Promise.allSettled([this.#starting]);
      this.#frontend.refuseWaiting();
      // Connections that are open longer are cut off after the store is closed, not before.
      await connections.drain(limitMs * 0.6);
      await this.#daemon?.close();
      await connections.drain(limitMs * 0.1);
      return connections.pending === 0;
    } catch (error) {
      this.#context.log.write('host.stop-failed', { error: messageOf(error) });
      return false;
    }
  }

  /** Stops without the daemon, which was never loaded or can no longer be trusted. */
  async abandon(): Promise<void> {
    this.#frontend.phase = 'stopping';
    this.#frontend.refuseWaiting();
    await this.#frontend.connections.drain(200);
    await this.#stdio?.close();
    this.#frontend.connections.closeAll();
    await this.#advertiser.close();
  }
}
