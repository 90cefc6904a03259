import { join } from 'node:path';

/**
 * Where everything lies, as one tree. `<root>`s differ per system (see system/roots.ts); below them it is the same.
 *
 *   <config>/services/<name>.json        the definition
 *   <config>/services/<name>.env         secrets for an external daemon, 0600
 *   <config>/adapters/*.json             adapters of the user's own
 *   <data>/data/<name>/                  memories; made when the first one is stored
 *   <data>/backups/<name>/               copies of the memories; made by the first backup
 *   <data>/app/<version>-<build>/        the private copy of the program
 *   <data>/app/node-<version>-<id>/      the private copy of Node, where its own path will not last
 *   <state>/services/<name>/             token, exposure of it, receipt, port, intent, captured environment, account of runs, instance lock,
 *                                        writer.<pid>.json of each process of ours that writes, and of an external daemon
 *                                        what it was worked out to be and the mark of its processes
 *   <state>/migrations/<kind>-<name>/    what an older way was, and where it went
 *   <state>/changes/<name>.lock|.journal who changes the service, and how far: outlives the directory above
 *   <logs>/<name>/<name>-YYYY-MM-DD.log  daily logs, full ones as .log.gz where that is wanted
 *   <runtime>/<name>.json|.sock          endpoint, control channel
 */
export interface Roots {
  config: string;
  data: string;
  state: string;
  logs: string;
}

/** Every path of one service but the runtime ones: those are found by search (see runtime/runtime-directory.ts). */
export interface ServicePaths {
  definition: string;
  secrets: string;
  /** The environment captured at install, for an external daemon. */
  environment: string;
  /** The spec computed from the definition of an external daemon. */
  externalSpec: string;
  data: string;
  backups: string;
  state: string;
  token: string;
  /** The record that another user held the service's port (see service/token-exposure.ts). */
  exposure: string;
  receipt: string;
  port: string;
  lock: string;
  journal: string;
  /** Present while the user wants the service down; honoured by whatever would revive it (W14). */
  stopIntent: string;
  logs: string;
}

export function definitionsDirectory(roots: Roots): string {
  return join(roots.config, 'services');
}

export function adaptersDirectory(roots: Roots): string {
  return join(roots.config, 'adapters');
}

export function appDirectory(roots: Roots): string {
  return join(roots.data, 'app');
}

/** What migrations leave: records and the way back. Outlives the services they made. */
export function migrationsDirectory(roots: Roots): string {
  return join(roots.state, 'migrations');
}

/** Locks and journals of every service. */
export function changesDirectory(roots: Roots): string {
  return join(roots.state, 'changes');
}

/** The paths of the service called `name`; `name` is already checked (see service/name.ts). */
export function servicePaths(roots: Roots, name: string): ServicePaths {
  const state = join(roots.state, 'services', name);
  return {
    definition: join(definitionsDirectory(roots), `${name}.json`),
    secrets: join(definitionsDirectory(roots), `${name}.env`),
    environment: join(state, 'environment.json'),
    externalSpec: join(state, 'external-daemon.json'),
    data: join(roots.data, 'data', name),
    backups: join(roots.data, 'backups', name),
    state,
    token: join(state, 'token'),
    exposure: join(state, 'exposure.json'),
    receipt: join(state, 'receipt.json'),
    port: join(state, 'port.json'),
    lock: join(changesDirectory(roots), `${name}.lock`),
    journal: join(changesDirectory(roots), `${name}.journal`),
    stopIntent: join(state, 'stopped'),
    logs: join(roots.logs, name),
  };
}

/** The database in a data directory of the bundled daemon. */
export function databasePath(dataDir: string): string {
  return join(dataDir, 'memories.db');
}

/** The path of a backup that is made now. The names sort by time. */
export function backupPath(directory: string, now: Date): string {
  return join(directory, `memories-${timeStamp(now)}.db`);
}

/** A time as a part of a file name, in UTC. */
export function timeStamp(now: Date): string {
  return now.toISOString().replaceAll(':', '-').replace(/\.\d+/, '');
}

/** The files of a service that hold secrets, or say what runs: for its user alone. */
export function privateFiles({
  definition,
  secrets,
  environment,
  externalSpec,
  token,
}: ServicePaths): string[] {
  return [definition, secrets, environment, externalSpec, token];
}
