import { MemorydError } from '../../errors.ts';
import type { Roots } from '../../layout.ts';
import type { Verb } from '../../service/unit.ts';
import type { System } from '../../system/system.ts';
import { waitFor } from '../../system/wait.ts';
import { silenceOf } from './available.ts';
import { type Call, callsOf, reload, restartBoth, unmaskLine } from './commands.ts';
import { removeLinks } from './links.ts';
import { listeningInodes } from './listeners.ts';
import { unitNames } from './names.ts';
import { observe, type Shown, show, unitPathsOf } from './observe.ts';
import { listenPort } from './parse.ts';
import { lateReason, reasonOf } from './reason.ts';
import { runForManager, succeeded, wordsOf } from './systemctl.ts';

type ShownUnits = Extract<Shown, { kind: 'shown' }>;

/**
 * The limits are TimeoutStartSec= and TimeoutStopSec= of the unit, which may be hours. There is no limit of our own.
 */
const noLimit = { timeoutMs: 0 };

/** Runs one call. Returns its error output if it failed; throws at once unless the call is lenient. */
async function make(system: System, { argv, lenient }: Call): Promise<string> {
  const result = await runForManager(system, argv, noLimit);
  if (succeeded(result)) return '';
  const words = wordsOf(result);
  if (lenient && result.kind === 'exited') return words;
  const silence = await silenceOf(system);
  if (silence.hint !== undefined)
    throw new MemorydError('no-manager', silence.reason, { words, hint: silence.hint });
  const kind = result.kind === 'exited' ? 'failed' : 'no-manager';
  throw new MemorydError(kind, `systemd refused: ${argv.slice(2).join(' ')}`, { words });
}

async function ask(system: System, service: string): Promise<ShownUnits> {
  const shown = await show(system, service);
  if (shown.kind === 'shown') return shown;
  const { words } = shown;
  if (shown.kind === 'unclear') throw new MemorydError('failed', shown.reason, { words });
  const { reason, hint } = await silenceOf(system);
  throw new MemorydError('no-manager', reason, { words, ...(hint === undefined ? {} : { hint }) });
}

/** The last lines of the journal, if the user may read it (L17): some failures leave nothing in our own log. */
async function journal(system: System, unit: string): Promise<string> {
  const result = await runForManager(system, [
    'journalctl',
    '--user',
    '--unit',
    unit,
    '--lines=10',
    '--output=cat',
    '--no-pager',
    '--quiet',
  ]);
  return succeeded(result) ? wordsOf(result) : '';
}

async function failure(system: System, service: string, what: string, said: string): Promise<MemorydError> {
  const { service: unit } = unitNames(service);
  const lines = await journal(system, unit);
  return new MemorydError('failed', `${unit} ${what}`, {
    words: [said, lines].filter(Boolean).join('\n'),
    // Not of the unit: where an install is undone, there is none any more (N09).
    hint: `memoryd logs ${service}`,
  });
}

/** After a first failure systemd retries at once, and the retry may succeed. */
const secondChanceMs = 3000;

/** A failed socket unit is not a failure of the service: the host then binds a port of its own choice. */
async function verifyStarted(system: System, service: string, said: string): Promise<void> {
  let reason: string | undefined;
  const { service: before } = await ask(system, service);
  if (before.load === 'masked')
    throw new MemorydError('failed', 'the unit is masked', { hint: unmaskLine(service) });
  const outcome = await waitFor(async () => {
    const { service: unit } = await ask(system, service);
    if (unit.process.kind === 'running' && unit.load !== 'broken') return 'running';
    reason = reasonOf(unit) ?? reason;
    const again = unit.process.kind === 'starting' || unit.process.kind === 'waiting';
    return again && unit.load === 'loaded' ? undefined : 'down';
  }, secondChanceMs);
  if (outcome === 'running') return;
  throw await failure(system, service, `did not start: ${reason ?? lateReason}`, said);
}

async function verifyStopped(system: System, service: string, said: string): Promise<void> {
  const shown = await ask(system, service);
  const dead = (kind: string) => kind === 'stopped' || kind === 'failed';
  if (dead(shown.service.process.kind) && !shown.socket.active) return;
  throw await failure(system, service, `did not stop: ${shown.service.process.kind}`, said);
}

/** If XDG_CONFIG_HOME is set only in a shell, the manager looks for units elsewhere. */
async function verifyKnown(system: System, service: string): Promise<void> {
  await make(system, reload);
  const { service: unit } = await ask(system, service);
  const [path] = unitPathsOf(system, service);
  if (unit.load !== 'not-found' || (await system.files.inspect(path)).kind === 'absent') return;
  throw new MemorydError('configuration', `the user manager does not load units from ${path}`, {
    hint: 'unset XDG_CONFIG_HOME',
  });
}

async function verifyForgotten(system: System, service: string, said: string): Promise<void> {
  const { service: unit } = await ask(system, service);
  if (unit.enabled === 'enabled') throw await failure(system, service, 'is still enabled', said);
}

/** The sockets on which this user listens on the port of the socket unit, while that unit is active. */
async function held(system: System, service: string): Promise<Set<string>> {
  const { socket, socketProperties } = await ask(system, service);
  const port = listenPort(socketProperties);
  if (!socket.active || port === undefined) return new Set();
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => system.files.read(path)),
  );
  const texts = tables.flatMap((table) => (table.kind === 'content' ? [table.text] : []));
  return listeningInodes(texts, port, system.user.uid);
}

/**
 * Restarts the service while its socket stays open. daemon-reload closes an active socket whose address changed and
 * still reports it as active, even if the address changed back. So the same listening socket must exist before and
 * after.
 */
async function restart(system: System, service: string, call: Call): Promise<string> {
  const before = await held(system, service);
  if (before.size === 0) return make(system, restartBoth(service));
  const said = await make(system, call);
  const after = await held(system, service);
  return [...before].some((inode) => after.has(inode)) ? said : make(system, restartBoth(service));
}

/**
 * Stopping the unit kills every process in its control group. A memoryd that runs inside would be killed before it is
 * done (L09). Throws `failed` with the command that does the same from outside.
 */
async function refuseInside(system: System, verb: Verb, service: string): Promise<void> {
  if (verb !== 'stop' && verb !== 'restart' && verb !== 'unregister') return;
  const { service: unit } = unitNames(service);
  const groups = await system.files.read('/proc/self/cgroup');
  if (groups.kind !== 'content' || !groups.text.split(/[/\n]/).includes(unit)) return;
  throw new MemorydError('failed', `this runs inside ${unit} and would be killed with it`, {
    hint: `systemd-run --user --scope --collect memoryd ${verb === 'unregister' ? 'uninstall' : verb} ${service}`,
  });
}

/**
 * Links the units, and reloads the manager only if it has older versions of them in memory. A unit that is new to the
 * manager is read when it is first asked about, and a reload takes longer than everything else here.
 */
async function register(
  system: System,
  roots: Roots,
  service: string,
  [link, again]: readonly Call[],
): Promise<void> {
  try {
    if (link !== undefined) await make(system, link);
  } catch (error) {
    await verifyKnown(system, service);
    throw error;
  }
  const unit = await observe(system, roots, service);
  const fresh = unit.kind === 'registered' && !unit.needsReload;
  if (!fresh && again !== undefined) await make(system, again);
}

/** Carries out `verb`, and resolves when the manager has finished. Throws `failed` with its output otherwise. */
export async function perform(system: System, roots: Roots, verb: Verb, service: string): Promise<void> {
  await refuseInside(system, verb, service);
  const calls = callsOf(verb, service);
  if (verb === 'register') return register(system, roots, service, calls);
  let said = '';
  for (const [index, call] of calls.entries()) {
    const last = index === calls.length - 1;
    const words =
      verb === 'restart' && last ? await restart(system, service, call) : await make(system, call);
    if (last) said = words;
  }
  if (verb === 'start' || verb === 'restart') await verifyStarted(system, service, said);
  if (verb === 'stop' || verb === 'unregister') await verifyStopped(system, service, said);
  if (verb === 'unregister') {
    await removeLinks(system, service);
    await verifyForgotten(system, service, said);
  }
}
