import { isOverloaded, overloadNote } from './connection-report.ts';
import type { ExternalStatus } from './external-status.ts';
import type { ServiceStatus } from './status.ts';
import type { StatusObservation } from './status-observation.ts';
import { holderOf } from './token-exposure.ts';

type Note = ServiceStatus['notes'][number];

/** The notes of a status, each with a hint where one helps. `cli` is the version of this program (pure). */
export function notesOf(seen: StatusObservation, cli: { version: string; build: string }): Note[] {
  const { name, unit, receipt, running, drift, definition } = seen;
  const notes: Note[] = [];
  const note = (text: string, hint: string | null = null) => notes.push({ text, hint });
  if (seen.interrupted) note('the last change was interrupted', `memoryd install ${name}`);
  if (definition === 'invalid' || definition === 'unreadable')
    note(`the definition is ${definition}`, `memoryd print ${name}`);
  for (const { path, kind } of seen.exposed) {
    const what = kind === 'open' ? 'is open to other users' : 'belongs to another user';
    note(`${path} ${what}`, `memoryd start ${name}`);
  }
  if (unit.kind === 'absent' && definition !== 'absent') note('the unit is gone', `memoryd install ${name}`);
  if (drift === 'changed')
    note('the unit file was edited since install', `memoryd install ${name} --dry-run`);
  if (unit.kind === 'unknown' && unit.hint !== undefined) note(unit.reason, unit.hint);
  if (drift === 'missing') note('a unit file is missing', `memoryd install ${name}`);
  if (unit.kind === 'unknown' && unit.denied !== undefined)
    note('only somebody with more rights can change that', unit.denied);
  if (unit.kind === 'registered') {
    for (const path of unit.dropIns) note(`changed by the drop-in ${path}`);
    if (unit.needsReload) note('the registered unit differs from the one on disk', `memoryd install ${name}`);
    if (unit.provisional !== undefined) note(unit.provisional, `memoryd install ${name}`);
    if (unit.enabled === 'disabled' && seen.startAtLogin)
      note('it does not start at login', `memoryd install ${name}`);
    if (unit.enabled === 'masked') note('the unit is masked, so nothing can start it', unit.cure ?? null);
    if (unit.note !== undefined) note(unit.note);
  }
  if (running !== undefined && receipt.kind === 'valid' && running.port !== receipt.receipt.port) {
    note(
      `it uses port ${running.port}, because port ${receipt.receipt.port} was taken`,
      `memoryd install ${name}`,
    );
  }
  if (running !== undefined && running.build !== cli.build && cli.build !== 'source') {
    note(
      `it runs version ${running.version}-${running.build}, this is version ${cli.version}-${cli.build}`,
      `memoryd install ${name}`,
    );
  }
  if (running?.store?.hint)
    note(`memories cannot be ${running.store.kind === 'read-only' ? 'stored' : 'used'}`, running.store.hint);
  for (const text of externalNotes(running?.external)) note(text);
  if (isOverloaded(running?.connections)) notes.push(overloadNote(running.connections));
  for (const { path, why } of running?.refusedRuntimes ?? [])
    note(`${path} could not hold its socket: ${why}`);
  if (seen.layers.http === 'stranger') note('another program answers on its port', `memoryd restart ${name}`);
  notes.push(...exposureNotes(seen));
  if (seen.machineNote !== undefined && unit.kind === 'registered') note(seen.machineNote);
  return notes;
}

function exposureNotes({ name, exposure: seen }: StatusObservation): Note[] {
  if (seen.kind === 'absent') return [];
  if (seen.kind !== 'valid') {
    const text = `what is recorded of its token is ${seen.kind}: ${seen.why}`;
    return [{ text, hint: `memoryd token ${name} --rotate` }];
  }
  const { port, at } = seen.exposure;
  const what = `port ${port} was held by ${holderOf(seen.exposure)} at ${at}, and the token was replaced`;
  const text = `${what}: clients configured with url and token need the new one`;
  return [{ text, hint: `memoryd token ${name}` }];
}

function externalNotes(external: ExternalStatus | undefined): string[] {
  if (external === undefined) return [];
  const wrong = external.reason === null ? [] : [`the daemon: ${external.reason}`];
  const yielded = external.yielded ? ['another process of the same daemon serves; this one stands by'] : [];
  return [...wrong, ...yielded, ...external.warnings];
}
