import { MemorydError } from '../../errors.ts';
import type { AwaitPort } from '../../service/migration-step.ts';
import { waitFor } from '../../system/wait.ts';
import type { StepHandler } from '../context.ts';

const host = '127.0.0.1';

export const awaitPort: StepHandler<AwaitPort, null> = {
  capture: async () => null,
  async run({ port, timeoutMs }, { system, service }) {
    const free = await waitFor(
      async () => (await system.network.probe(host, port)) === 'free',
      timeoutMs,
      50,
    );
    if (free) return;
    throw new MemorydError('failed', `port ${port} is still in use by another program than the stopped one`, {
      hint: `memoryd migrate ${service} --port ${port + 1}`,
    });
  },
  undo: async () => undefined,
};
