import { utimesSync } from 'node:fs';
import type { Server } from 'node:net';
import type { Roots } from '../layout.ts';
import { claimRuntimeDirectory } from '../runtime/claim-runtime-directory.ts';
import { type Endpoint, parseEndpoint } from '../runtime/endpoint.ts';
import { endpointPath, installationOf, publishedAtPath, socketPath } from '../runtime/runtime-directory.ts';
import type { RefusedDirectory } from '../service/status.ts';
import type { System } from '../system/system.ts';
import { type ControlHandlers, listenControl } from './control-server.ts';

/** A host's presence in its runtime directory: the control channel and the endpoint file that names it. */
export class EndpointFile {
  readonly #system: System;
  readonly #path: string;
  readonly #endpoint: Endpoint;
  readonly #handlers: ControlHandlers;
  /** Better directories that could not be used. */
  readonly refused: readonly RefusedDirectory[];
  #control: Server;

  private constructor(
    system: System,
    path: string,
    endpoint: Endpoint,
    handlers: ControlHandlers,
    control: Server,
    refused: readonly RefusedDirectory[],
  ) {
    this.refused = refused;
    this.#system = system;
    this.#path = path;
    this.#endpoint = endpoint;
    this.#handlers = handlers;
    this.#control = control;
  }

  /**
   * Opens the control channel, then publishes. Only for the holder of the instance lock: what an earlier host left is replaced.
   * Throws `permission` when there is no private directory to publish in.
   */
  static async open(
    system: System,
    roots: Roots,
    identity: Omit<Endpoint, 'control' | 'installation'>,
    handlers: ControlHandlers,
  ): Promise<EndpointFile> {
    const { service, nonce } = identity;
    const { path: directory, refused } = await claimRuntimeDirectory(system, roots, service);
    const pipe = `\\\\.\\pipe\\memoryd-${service}-${nonce}`;
    const control = system.platform === 'win32' ? pipe : socketPath(directory, service);
    const endpoint: Endpoint = { ...identity, installation: installationOf(roots), control };
    const server = await openControl(system, control, handlers);
    const path = endpointPath(directory, service);
    const publication = new EndpointFile(system, path, endpoint, handlers, server, refused);
    await record(system, publishedAtPath(roots, service), `${directory}\n`);
    await publication.#publish();
    return publication;
  }

  get endpoint(): Endpoint {
    return this.#endpoint;
  }

  async #publish(): Promise<void> {
    await this.#system.files.write(this.#path, `${JSON.stringify(this.#endpoint)}\n`, 0o600);
  }

  async #isOurs(): Promise<boolean> {
    const read = await this.#system.files.read(this.#path);
    if (read.kind !== 'content') return false;
    const parsed = parseEndpoint(read.text);
    return parsed.kind === 'valid' && parsed.endpoint.nonce === this.#endpoint.nonce;
  }

  /**
   * Puts back what a cleaner took and makes the rest look used: temporary directories are swept of what is days old,
   * XDG_RUNTIME_DIR of what nobody touched for six hours. tmpfiles.d(5), XDG Base Directory
   */
  async refresh(): Promise<void> {
    const { control } = this.#endpoint;
    const { files, platform, clock } = this.#system;
    if (platform !== 'win32' && (await files.inspect(control)).kind === 'absent') {
      this.#control.close();
      this.#control = await openControl(this.#system, control, this.#handlers);
    }
    if (!(await this.#isOurs())) await this.#publish();
    const now = clock.now();
    utimesSync(this.#path, now, now);
    if (platform !== 'win32') utimesSync(control, now, now);
  }

  /** Takes the endpoint back and closes the control channel. Another host's endpoint in our place stays. */
  async close(): Promise<void> {
    if (await this.#isOurs()) await this.#system.files.remove(this.#path);
    // Closing also removes the socket's file.
    this.#control.close();
  }
}

/** A socket file without its process cannot be bound again: it goes first. The directory is private, so it is ours. */
async function openControl(system: System, path: string, handlers: ControlHandlers): Promise<Server> {
  if (system.platform !== 'win32') await system.files.remove(path);
  return listenControl(path, handlers);
}

/** Hardly ever another one, and then a full disk must not keep a host from coming back. */
async function record({ files }: System, path: string, content: string): Promise<void> {
  const read = await files.read(path);
  if (read.kind !== 'content' || read.text !== content) await files.write(path, content, 0o600);
}
