import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { MemorydError } from '../../errors.ts';
import type { LaunchRecord } from '../../runtime/launch-record.ts';
import { stateFile } from '../../runtime/state-file.ts';
import { equals, isBoolean, isString, nullOr, optional } from '../../service/state-text.ts';
import type { Enablement } from '../../service/unit.ts';
import { readCrontab, writeCrontab } from './cron.ts';
import { hasLine, rebootLine, tagOf, withLine, withoutLine } from './crontab.ts';
import type { Site } from './site.ts';

/** The autostart entries that were installed. Only these are removed again. */
interface Autostart {
  schema: 1;
  /** Our line of the user's crontab, in latin1. */
  crontab: string | null;
  /** What crontab said when it refused our line (N43). */
  refused?: string | undefined;
  /** Path of our autostart entry. */
  desktop: string | null;
  /**
   * False if autostart was not requested. If it is true and both fields above are null, this machine has no way to
   * start the service.
   */
  wanted: boolean;
}

/** Two installs of one user with different directories may have services of the same name. */
function idOf({ paths }: Site): string {
  return createHash('sha256').update(paths.state).digest('hex').slice(0, 8);
}

const tagFor = (site: Site) => tagOf(site.service, idOf(site));

const autostartFile = stateFile<Site, Autostart>(({ paths }) => join(paths.state, 'autostart.json'), {
  schema: equals(1),
  crontab: nullOr(isString),
  desktop: nullOr(isString),
  refused: optional(isString),
  wanted: isBoolean,
});

/** Whether this machine ever starts desktop sessions that read autostart entries. */
async function hasDesktop({ system }: Site, autostart: string): Promise<boolean> {
  const { env, files } = system;
  if (env.XDG_CURRENT_DESKTOP || env.DESKTOP_SESSION) return true;
  const places = [autostart, '/usr/share/xsessions', '/usr/share/wayland-sessions'];
  const seen = await Promise.all(places.map((place) => files.inspect(place)));
  return seen.some(({ kind }) => kind === 'directory');
}

/** What became of our line. Where cron refuses it, the service still runs: it only does not start at boot (N43). */
type CrontabEntry = Pick<Autostart, 'crontab' | 'refused'>;

async function addToCrontab(site: Site, argv: readonly string[]): Promise<CrontabEntry> {
  const tag = tagFor(site);
  const line = rebootLine(argv, tag);
  const read = await readCrontab(site.system);
  if (line === undefined || read.kind === 'missing') return { crontab: null };
  if (read.kind === 'refused') return { crontab: null, refused: read.words };
  const wanted = withLine(read.crontab, line, tag);
  try {
    if (wanted !== read.crontab) await writeCrontab(site.system, wanted);
    return { crontab: line };
  } catch (error) {
    if (!(error instanceof MemorydError)) throw error;
    return { crontab: null, refused: error.words ?? error.message };
  }
}

async function removeFromCrontab(site: Site): Promise<void> {
  const read = await readCrontab(site.system);
  if (read.kind !== 'read') return;
  const wanted = withoutLine(read.crontab, tagFor(site));
  if (wanted !== read.crontab) await writeCrontab(site.system, wanted);
}

/** Whether an entry of ours starts the service, whatever is recorded of it. */
export async function hasEntries(site: Site): Promise<boolean> {
  if ((await site.system.files.inspect(desktopPath(site))).kind !== 'absent') return true;
  const read = await readCrontab(site.system);
  return read.kind === 'read' && withoutLine(read.crontab, tagFor(site)) !== read.crontab;
}

/** The path of the autostart entry. */
function desktopPath(site: Site): string {
  const { env, user } = site.system;
  const config = env.XDG_CONFIG_HOME || join(user.home, '.config');
  return join(config, 'autostart', `memoryd-${site.service}-${idOf(site)}.desktop`);
}

async function addToDesktop(site: Site, record: LaunchRecord): Promise<string | null> {
  const path = desktopPath(site);
  if (site.system.platform === 'darwin' || !(await hasDesktop(site, dirname(path)))) return null;
  const { renderDesktop } = await import('./desktop.ts');
  // The session may set NODE_OPTIONS, which would run before any code of ours.
  const argv = ['env', 'NODE_OPTIONS=', ...record.argv];
  const entry = { name: `memoryd ${record.service}`, comment: record.description, argv };
  await site.system.files.write(path, renderDesktop(entry), 0o644);
  return path;
}

/** Installs the autostart entries that this machine supports, or removes them if autostart is not requested. */
export async function putAutostart(site: Site, record: LaunchRecord): Promise<void> {
  if (!record.startAtLogin) await removeAutostart(site);
  const wanted = record.startAtLogin;
  const autostart: Autostart = {
    schema: 1,
    ...(wanted ? await addToCrontab(site, record.argv) : { crontab: null }),
    desktop: wanted ? await addToDesktop(site, record) : null,
    wanted,
  };
  await autostartFile.write(site.system.files, site, autostart);
}

/** Removes exactly the entries that were installed. */
export async function removeAutostart(site: Site): Promise<void> {
  const put = await autostartFile.value(site.system.files, site);
  if (put?.crontab !== null) await removeFromCrontab(site);
  await site.system.files.remove(put?.desktop ?? desktopPath(site));
  await site.system.files.remove(autostartFile.path(site));
}

/** The note of `status` about a line that crontab refused. */
export async function refusalNote(site: Site): Promise<{ note?: string }> {
  const put = await autostartFile.read(site.system.files, site);
  const refused = put.kind === 'valid' ? put.value.refused : undefined;
  if (refused === undefined) return {};
  return { note: `it does not start at boot, because crontab did not take its line: ${refused}` };
}

/**
 * Whether the service starts automatically: as recorded, or with `verify` as the system has it now. Unknown if this
 * machine has no way to start it.
 */
export async function autostartState(site: Site, verify: boolean): Promise<Enablement> {
  const state = await autostartFile.read(site.system.files, site);
  if (state.kind === 'unreadable') return 'unknown';
  const put = state.kind === 'valid' ? state.value : undefined;
  if (put === undefined || !put.wanted) return 'disabled';
  if (put.crontab === null && put.desktop === null) return 'unknown';
  const entry = put.desktop !== null && (await site.system.files.inspect(put.desktop)).kind === 'file';
  if (entry) return 'enabled';
  if (put.crontab === null) return 'disabled';
  if (!verify) return 'enabled';
  const read = await readCrontab(site.system);
  return read.kind === 'read' && hasLine(read.crontab, put.crontab) ? 'enabled' : 'disabled';
}
