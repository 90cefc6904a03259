import { MemorydError } from '../../errors.ts';
import { type Roots, type ServicePaths, servicePaths } from '../../layout.ts';
import { isSameProcess } from '../../runtime/identity.ts';
import { type LaunchRecord, parseRecord, recordPath } from '../../runtime/launch-record.ts';
import { readSupervisor, type SupervisorRecord } from '../../runtime/supervisor-file.ts';
import type { System } from '../../system/system.ts';

/** One service on this machine. */
export interface Site {
  system: System;
  roots: Roots;
  service: string;
  paths: ServicePaths;
}

export function siteOf(system: System, roots: Roots, service: string): Site {
  return { system, roots, service, paths: servicePaths(roots, service) };
}

/** The launch record of the service. Throws `not-installed` or `configuration` if there is no usable one. */
export async function requireRecord({ system, paths, service }: Site): Promise<LaunchRecord> {
  const path = recordPath(paths);
  const read = await system.files.read(path);
  if (read.kind === 'absent') {
    throw new MemorydError('not-installed', `"${service}" has no launch record at ${path}`, {
      hint: `memoryd install ${service}`,
    });
  }
  if (read.kind === 'unreadable') throw new MemorydError('permission', `cannot read ${path}: ${read.why}`);
  const parsed = parseRecord(read.text);
  if (parsed.kind === 'valid') return parsed.value;
  throw new MemorydError('configuration', `${path}: ${parsed.reason}`, {
    hint: `memoryd install ${service}`,
  });
}

/** The supervisor if its process is alive, by its start identity (X03). It may already be exiting. */
export async function livingSupervisor({ system, paths }: Site): Promise<SupervisorRecord | undefined> {
  const word = await readSupervisor(system.files, paths);
  return word !== undefined && isSameProcess(system, word) ? word : undefined;
}

/** The supervisor, if it is running the service. */
export async function runningSupervisor(site: Site): Promise<SupervisorRecord | undefined> {
  const living = await livingSupervisor(site);
  return living?.ended === false ? living : undefined;
}
