import { MemorydError } from '../errors.ts';
import type { Backend } from '../platform/backend.ts';
import { createBackend } from '../platform/select.ts';
import type { BackendName, Verb } from '../service/unit.ts';
import { type Change, changing, type Machine, stepContext } from './change.ts';
import { readReceipt } from './read.ts';
import { refuseSudo } from './refuse-sudo.ts';
import { perform } from './steps/manager.ts';

export type DailyVerb = Extract<Verb, 'start' | 'stop' | 'restart'>;

export interface OperateRequest {
  name: string;
  verb: DailyVerb;
  backend?: BackendName | undefined;
}

const stopTimeoutMs = 20_000;
const answerTimeoutMs = 60_000;

/** The backend an installed service is registered with, and the build it must answer as. Throws `not-installed`. */
export async function installedBackend(
  { machine, service, paths }: Pick<Change, 'machine' | 'service' | 'paths'>,
  asked: BackendName | undefined,
): Promise<{ backend: Backend; build: string }> {
  const { system, roots } = machine;
  const seen = await readReceipt(system.files, paths);
  if (seen.kind === 'valid') {
    return {
      backend: await createBackend(asked ?? seen.receipt.backend, system, roots),
      build: seen.receipt.build,
    };
  }
  throw new MemorydError('not-installed', `"${service}" is not installed`, {
    hint: `memoryd install ${service}`,
  });
}

/** Starts, stops or restarts an installed service, and resolves when it answers, or when nothing answers any more. */
export async function operate(machine: Machine, request: OperateRequest): Promise<void> {
  refuseSudo(machine.system);
  await changing(machine, request.name, async (change) => {
    const { backend, build } = await installedBackend(change, request.backend);
    const context = stepContext(change, backend);
    await perform(context, request.verb);
    if (request.verb === 'stop') await context.verifyGone(stopTimeoutMs);
    else await context.verify(build, answerTimeoutMs);
  });
}
