import { setTimeout as delay } from 'node:timers/promises';
import { MemorydError } from '../../errors.ts';
import type { ElevatedEnd, ElevatedMove } from '../../service/migration-step.ts';
import type { Argv } from '../../system/exec.ts';
import type { System } from '../../system/system.ts';
import { waitFor } from '../../system/wait.ts';
import type { StepContext, StepHandler } from '../context.ts';
import { launchElevated } from '../elevated/launch.ts';
import {
  type Alive,
  type Ended,
  type Prepared,
  protocolFiles,
  readMessage,
  type Verdict,
  writeMessage,
} from '../elevated/protocol.ts';
import { serviceState } from '../elevated/sc.ts';
import { copyData, meter } from './copy-data.ts';

/** After this time without a heartbeat, the elevated process is considered dead. */
const silenceMs = 15_000;

const argvOf = (step: ElevatedMove | ElevatedEnd, act: string): Argv => [
  ...step.program,
  'elevated',
  ...['--act', act, '--service', step.service, '--parent', String(process.pid)],
  ...('copy' in step && step.copy !== undefined && act === 'move'
    ? [
        ...step.copy.from.flatMap((from) => ['--copy-from', from]),
        ...['--copy-to', step.copy.to, '--manifest', step.copy.manifest, '--sid', step.copy.sid],
      ]
    : []),
  '--',
  step.directory,
];

async function forget({ files }: System, directory: string): Promise<void> {
  for (const path of Object.values(protocolFiles(directory))) await files.remove(path);
}

/** Creates the directory for messages: empty, and owned by the user, whoever the administrator is. */
async function begin(system: System, directory: string): Promise<void> {
  await forget(system, directory);
  await system.files.makeDirectory(directory);
}

/** Whether an elevated process is alive: its counter advances. */
async function lives({ files }: System, directory: string): Promise<boolean> {
  const { alive } = protocolFiles(directory);
  const first = await readMessage<Alive>(files, alive);
  if (first === undefined) return false;
  const moved = async () => (await readMessage<Alive>(files, alive))?.beat !== first.beat;
  return (await waitFor(moved, 3000, 100)) === true;
}

/** Waits for a message as long as the elevated process lives, plus the time of a last write. */
async function message<T>(
  system: System,
  directory: string,
  path: string,
  beat: (alive: Alive) => void,
): Promise<T> {
  const { alive } = protocolFiles(directory);
  let last = -1;
  let heard = system.clock.monotonic();
  for (;;) {
    const said = await readMessage<T>(system.files, path);
    if (said !== undefined) return said;
    const now = await readMessage<Alive>(system.files, alive);
    if (now !== undefined && now.beat !== last) {
      last = now.beat;
      heard = system.clock.monotonic();
      beat(now);
    }
    if (system.clock.monotonic() - heard > silenceMs) {
      throw new MemorydError('failed', "the administrator's part ended without a result");
    }
    await delay(100);
  }
}

function throwFailure(result: Prepared | Ended): void {
  if (result.ok) return;
  throw new MemorydError(
    result.kind,
    result.error,
    result.words === undefined ? {} : { words: result.words },
  );
}

/** Starts a new elevated process that does one thing and exits. */
async function alone(step: ElevatedMove | ElevatedEnd, act: string, { system }: StepContext): Promise<void> {
  await begin(system, step.directory);
  await launchElevated(system, argvOf(step, act), step.reason);
  throwFailure(
    await message<Ended>(system, step.directory, protocolFiles(step.directory).ended, () => undefined),
  );
}

async function decide(
  step: ElevatedMove | ElevatedEnd,
  verdict: Verdict['verdict'],
  { system }: StepContext,
): Promise<Ended> {
  const paths = protocolFiles(step.directory);
  await writeMessage(system.files, paths.verdict, { verdict });
  return message<Ended>(system, step.directory, paths.ended, () => undefined);
}

export const elevatedMove: StepHandler<ElevatedMove, null> = {
  capture: async () => null,
  async run(step, context) {
    const { system } = context;
    await begin(system, step.directory);
    await launchElevated(system, argvOf(step, 'move'), step.reason);
    const told = meter(context, step.bytes);
    let before = 0;
    const progress = ({ bytes }: Alive) => {
      if (bytes > before) told(bytes - before);
      before = bytes;
    };
    const paths = protocolFiles(step.directory);
    throwFailure(await message<Prepared>(system, step.directory, paths.prepared, progress));
  },
  async undo(step, _before, context) {
    const { system } = context;
    const paths = protocolFiles(step.directory);
    const prepared = await readMessage<Prepared>(system.files, paths.prepared);
    const ended = await readMessage<Ended>(system.files, paths.ended);
    const over = ended?.ok === true && ended.did === 'rolled-back';
    if (!over && (await lives(system, step.directory)))
      throwFailure(await decide(step, 'roll-back', context));
    // It ended too early, by a kill or with the machine: a new process starts what ran before.
    else if (!over && prepared?.ok !== false && step.wasRunning) {
      if ((await serviceState(system, step.service)).kind === 'stopped') await alone(step, 'start', context);
    }
    if (step.copy !== undefined) {
      const { from, to, manifest } = step.copy;
      const copy = { kind: 'copy-data', why: '', from: from[0] ?? '', to, manifest, bytes: 0 } as const;
      await copyData.undo(copy, null, context, 0);
    }
    await forget(system, step.directory);
  },
};

export const elevatedEnd: StepHandler<ElevatedEnd, null> = {
  capture: async () => null,
  async run(step, context) {
    const { system } = context;
    const done = step.retire === 'remove' ? 'removed' : 'disabled';
    const ended = await readMessage<Ended>(system.files, protocolFiles(step.directory).ended);
    if (ended?.ok === true && ended.did === done) return;
    if (await lives(system, step.directory)) throwFailure(await decide(step, step.retire, context));
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
