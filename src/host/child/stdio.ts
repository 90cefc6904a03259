import { Link } from '../../bridge/link.ts';
import { createStdioDaemon } from '../../bridge/stdio-daemon.ts';
import { StreamTransport } from '../../bridge/stream-transport.ts';
import type { Daemon, DaemonOptions } from '../../daemon/daemon.ts';
import { MemorydError, messageOf } from '../../errors.ts';
import { prepareExternal } from '../../external/prepare.ts';
import { ask } from '../../external/probes/index.ts';
import { specOf } from '../../external/spec-of.ts';
import type { Definition } from '../../service/definition.ts';
import type { ExternalReport } from '../../service/external-report.ts';
import type { RunContext } from '../context.ts';
import { ExternalChild } from './external-child.ts';
import { reportOf } from './report.ts';

/** A daemon that is a child process on standard streams. The host serves it on its own port. */
export interface StdioDaemon extends Daemon {
  report(): Promise<ExternalReport>;
}

/**
 * Starts the MCP server of `definition` and resolves when it has answered. A final failure, now or later, goes to the
 * shutdown signal of the run. Throws the reason if the server cannot be started.
 */
export async function startStdioDaemon(
  context: RunContext,
  definition: Definition,
  options: Omit<DaemonOptions, 'settings'>,
): Promise<StdioDaemon> {
  const { system, roots, paths, log } = context;
  const prepared = await prepareExternal(system, paths, await specOf(system, roots, definition));
  const { spec } = prepared;
  const link = new Link({
    version: options.version,
    clock: system.clock,
    log: log.write,
    oneAtATime: spec.oneAtATime,
  });
  const timeoutMs = spec.watch.timeoutSecs * 1000;
  const child = new ExternalChild(context, prepared, {
    port: async () => options.port,
    attach({ stdin, stdout }) {
      if (stdin === null || stdout === null) return;
      link.attach(new StreamTransport(stdout, stdin, (line) => log.writeLines('stdout', [line])));
    },
    probe: ({ values, env }) =>
      spec.probe.kind === 'ping' || spec.probe.kind === 'auto'
        ? link.ping(timeoutMs)
        : ask(system, spec.probe, { host: '127.0.0.1', port: options.port, timeoutMs, values, env }),
    standBy: async () => false,
  });
  const running = child.run();
  running.catch((error: unknown) => context.options.shutdown.fail(error));
  const stopped = context.options.shutdown.stopped.then(() => 'stopped' as const);
  if ((await Promise.race([child.ready, running, stopped])) === 'stopped') {
    child.stop();
    await running;
    throw new MemorydError('failed', 'it was stopped before it was ready');
  }
  const daemon = createStdioDaemon({ ...options, settings: definition.daemon }, link);
  return {
    ...daemon,
    report: () => reportOf(spec, child, []),
    async close() {
      await daemon.close();
      child.stop();
      await running.catch((error: unknown) => log.write('child.failed', { error: messageOf(error) }));
    },
  };
}
