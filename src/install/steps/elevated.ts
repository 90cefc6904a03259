import { MemorydError } from '../../errors.ts';
import type { CopyData, ElevatedEnd, ElevatedMove } from '../../service/migration-step.ts';
import type { Argv } from '../../system/exec.ts';
import { randomHex } from '../../system/random.ts';
import type { System } from '../../system/system.ts';
import type { Manifest } from '../../system/tree/manifest.ts';
import { waitFor } from '../../system/wait.ts';
import type { StepContext, StepHandler } from '../context.ts';
import { stagedTree } from '../elevated/copy.ts';
import { launchElevated, ownDirectory } from '../elevated/launch.ts';
import {
  type AliveMessage,
  type EndedMessage,
  type PreparedMessage,
  protocolFiles,
  readMessage,
  userFiles,
  type VerdictMessage,
  writeMessage,
} from '../elevated/protocol.ts';
import { serviceState } from '../elevated/sc.ts';
import { copyData, type ListsBefore, meter } from './copy-data.ts';

/** After this time without a heartbeat, the elevated process is considered dead. */
const silenceMs = 15_000;

type ElevatedStep = ElevatedMove | ElevatedEnd;

const argsOf = (step: ElevatedStep, act: string): Argv => [
  ...(['--act', act, '--service', step.service, '--parent', String(process.pid)] as const),
  ...['--directory', step.directory],
  ...('copy' in step && step.copy !== undefined && act === 'move'
    ? [...step.copy.from.flatMap((from) => ['--copy-from', from]), '--sid', step.copy.sid]
    : []),
];

async function forget({ files }: System, directory: string): Promise<void> {
  for (const path of Object.values(userFiles(directory))) await files.remove(path);
}

/** Prepares the user's files for a run: there is no verdict yet, and the user's run listens. */
async function begin({ files }: System, directory: string): Promise<void> {
  const { listening, verdict } = userFiles(directory);
  await files.remove(verdict);
  await writeMessage(files, listening, {});
}

/** Whether an elevated run is alive: its heartbeats continue. */
async function lives({ files }: System, own: string): Promise<boolean> {
  const { alive } = protocolFiles(own);
  const first = await readMessage<AliveMessage>(files, alive);
  if (first === undefined) return false;
  // A run that ends removes the file.
  const seen = async () => {
    const now = await readMessage<AliveMessage>(files, alive);
    if (now === undefined) return 'gone';
    return now.beat === first.beat ? undefined : 'alive';
  };
  return (await waitFor(seen, 3000, 100)) === 'alive';
}

/** Waits for a message as long as the elevated process lives, plus the time of a last write. */
async function message<T>(
  system: System,
  own: string,
  path: string,
  beat: (alive: AliveMessage) => void,
): Promise<T> {
  const { alive } = protocolFiles(own);
  let last = -1;
  let heard = system.clock.monotonic();
  for (;;) {
    const said = await readMessage<T>(system.files, path);
    if (said !== undefined) return said;
    const now = await readMessage<AliveMessage>(system.files, alive);
    if (now !== undefined && now.beat !== last) {
      last = now.beat;
      heard = system.clock.monotonic();
      beat(now);
    }
    if (system.clock.monotonic() - heard > silenceMs) {
      throw new MemorydError('failed', "the administrator's part ended without a result");
    }
    await system.clock.sleep(100);
  }
}

function throwFailure(result: PreparedMessage | EndedMessage): void {
  if (result.ok) return;
  throw new MemorydError(
    result.kind,
    result.error,
    result.words === undefined ? {} : { words: result.words },
  );
}

/** A new elevated run that does one thing and ends. */
async function alone(step: ElevatedStep, act: string, { system }: StepContext): Promise<void> {
  const name = `${step.run}-${randomHex(4)}`;
  const own = ownDirectory(system, name);
  await begin(system, step.directory);
  await launchElevated(system, step.program, { name, args: argsOf(step, act), reason: step.reason });
  throwFailure(await message<EndedMessage>(system, own, protocolFiles(own).ended, () => undefined));
}

async function decide(
  step: ElevatedStep,
  verdict: VerdictMessage['verdict'],
  { system }: StepContext,
): Promise<EndedMessage> {
  const own = ownDirectory(system, step.run);
  await writeMessage(system.files, userFiles(step.directory).verdict, { verdict });
  return message<EndedMessage>(system, own, protocolFiles(own).ended, () => undefined);
}

/** As the plain copy of a directory: the user's run writes and undoes it. */
const copyOf = (own: string, { to, manifest }: { to: string; manifest: string }): CopyData => ({
  kind: 'copy-data',
  why: '',
  from: stagedTree(own),
  to,
  manifest,
  bytes: 0,
});

export const elevatedMove: StepHandler<ElevatedMove, ListsBefore | null> = {
  async capture(step, context, index) {
    return step.copy === undefined ? null : copyData.capture(copyOf('', step.copy), context, index);
  },
  async run(step, context) {
    const { system } = context;
    const own = ownDirectory(system, step.run);
    await begin(system, step.directory);
    const { run: name, reason } = step;
    await launchElevated(system, step.program, { name, args: argsOf(step, 'move'), reason });
    const told = meter(context, step.bytes);
    let before = 0;
    const progress = ({ bytes }: AliveMessage) => {
      if (bytes > before) told(bytes - before);
      before = bytes;
    };
    const prepared = await message<PreparedMessage>(system, own, protocolFiles(own).prepared, progress);
    throwFailure(prepared);
    if (step.copy === undefined || !prepared.ok) return;
    const nothing: Manifest = { entries: [], skipped: [] };
    if (prepared.brought) await copyData.run(copyOf(own, step.copy), context);
    else await writeMessage(system.files, step.copy.manifest, nothing);
  },
  async undo(step, before, context) {
    const { system } = context;
    const own = ownDirectory(system, step.run);
    const prepared = await readMessage<PreparedMessage>(system.files, protocolFiles(own).prepared);
    const ended = await readMessage<EndedMessage>(system.files, protocolFiles(own).ended);
    const over = ended?.ok === true && ended.did === 'rolled-back';
    if (!over && (await lives(system, own))) throwFailure(await decide(step, 'roll-back', context));
    // Gone in the middle, with the machine or by a kill: what ran before is started by a new one.
    else if (!over && prepared?.ok !== false && step.wasRunning) {
      if ((await serviceState(system, step.service)).kind === 'stopped') await alone(step, 'start', context);
    }
    if (step.copy !== undefined) await copyData.undo(copyOf(own, step.copy), before, context, 0);
    await forget(system, step.directory);
  },
};

export const elevatedEnd: StepHandler<ElevatedEnd, null> = {
  capture: async () => null,
  async run(step, context) {
    const { system } = context;
    const own = ownDirectory(system, step.run);
    const done = step.retire === 'remove' ? 'removed' : 'disabled';
    const ended = await readMessage<EndedMessage>(system.files, protocolFiles(own).ended);
    if (ended?.ok === true && ended.did === done) return forget(system, step.directory);
    if (await lives(system, own)) throwFailure(await decide(step, step.retire, context));
    else await alone(step, step.retire, context);
    await forget(system, step.directory);
  },
  async undo(step, _before, { system }) {
    if ((await serviceState(system, step.service)).kind !== 'absent') return;
    throw new MemorydError('failed', `the service ${step.service} has already been deleted`, {
      hint: `memoryd migrate --dry-run`,
    });
  },
};
