import { MemorydError } from '../../errors.ts';
import type { StopProcess } from '../../service/migration-step.ts';
import { waitFor } from '../../system/wait.ts';
import type { StepHandler } from '../context.ts';

const patienceMs = 10_000;

export const stopProcess: StepHandler<StopProcess, null> = {
  capture: async () => null,
  async run({ pid, start }, { system: { processes } }) {
    const gone = () => processes.startIdentity(pid) !== start;
    // The pid may have been reused (X03): `signal` checks first.
    processes.signal(pid, start, 'SIGTERM');
    if (await waitFor(gone, patienceMs)) return;
    processes.signal(pid, start, 'SIGKILL');
    if (await waitFor(gone, patienceMs)) return;
    throw new MemorydError('failed', `process ${pid} did not exit`, { hint: `kill -9 ${pid}` });
  },
  async undo({ pid, start, argv, environment, workingDirectory }, _before, { system }) {
    if (system.processes.startIdentity(pid) === start) return;
    // As under cron: detached, without input and output.
    const env = { ...system.env, ...environment };
    system.exec.spawn(argv, { cwd: workingDirectory, env, detached: true, stdio: 'ignore' }).unref();
  },
};
