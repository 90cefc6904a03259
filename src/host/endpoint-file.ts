import type { Server } from 'node:net';
import type { Roots } from '../layout.ts';
import { claimRuntimeDirectory } from '../runtime/claim-runtime-directory.ts';
import { type Endpoint, parseEndpoint } from '../runtime/endpoint.ts';
import { endpointPath, installationOf, publishedAtPath, socketPath } from '../runtime/runtime-directory.ts';
import type { RefusedDirectory } from '../service/status.ts';
import type { System } from '../system/system.ts';
import { type ControlHandlers, listenControl } from './control-server.ts';

/** What a host has in its runtime directory: the control channel, and the endpoint file that names it. */
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
   * Opens the control channel, then publishes. Replaces what an earlier host left, so only the holder of the instance
   * lock may call it. Throws `permission` if there is no private directory to publish in.
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

  /** Whether its directory or a file in it is gone, such as with the session that it belonged to (N31). */
  async isLost(): Promise<boolean> {
    const { files, platform } = this.#system;
    const paths = platform === 'win32' ? [this.#path] : [this.#path, this.#endpoint.control];
    const seen = await Promise.all(paths.map((path) => files.inspect(path)));
    return seen.some(({ kind }) => kind === 'absent');
  }

  /**
   * Restores what a cleaner removed, and updates the times of the rest: temporary directories are swept of files that
   * are days old, XDG_RUNTIME_DIR of files that were not used for six hours. tmpfiles.d(5), XDG Base Directory
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
    await files.touch(this.#path, now);
    if (platform !== 'win32') await files.touch(control, now);
  }

  /**
   * Removes the endpoint file and closes the control channel. A file that another host has published meanwhile is kept.
   */
  async close(): Promise<void> {
    if (await this.#isOurs()) await this.#system.files.remove(this.#path);
    // Closing also removes the socket's file.
    this.#control.close();
  }
}

/**
 * A socket file without its process cannot be bound again, so it is removed first. The directory is private, so the
 * file is ours.
 */
async function openControl(system: System, path: string, handlers: ControlHandlers): Promise<Server> {
  if (system.platform !== 'win32') await system.files.remove(path);
  return listenControl(path, handlers);
}

/** Writes only changed content. It rarely changes, so a full disk does not keep a host from restarting. */
async function record({ files }: System, path: string, content: string): Promise<void> {
  const read = await files.read(path);
  if (read.kind !== 'content' || read.text !== content) await files.write(path, content, 0o600);
}
