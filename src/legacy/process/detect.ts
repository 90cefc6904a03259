import { type Candidate, type DetectionContext, recogniseEntry } from '../detection-context.ts';
import type { Finding } from '../finding.ts';

/** One listener on a port, as far as this user can see it. */
export interface Listener {
  port: number;
  pid: number | undefined;
  /** Undefined for another user's process that this user cannot read. */
  argv: readonly [string, ...string[]] | undefined;
  runsAs: string;
}

/**
 * Finds listeners on the ports of memory daemons that no other finding explains (pure). They are only reported, because
 * it is unknown what starts them and whether they are memory daemons at all (X03).
 */
export function detectListeners(
  listeners: readonly Listener[],
  others: readonly Pick<Finding, 'run' | 'port'>[],
  context: DetectionContext,
): Candidate[] {
  const accounted = (listener: Listener) =>
    others.some(({ run, port }) =>
      run.kind === 'running' && run.pid !== undefined && listener.pid !== undefined
        ? run.pid === listener.pid
        : port === listener.port && run.kind !== 'stopped',
    );
  return listeners
    .filter((listener) => !accounted(listener))
    .flatMap((listener): Candidate[] => {
      const { port, pid, argv, runsAs } = listener;
      const name = pid === undefined ? `port ${port}` : String(pid);
      const entry = { name, command: argv, runsAs };
      const known = recogniseEntry('process', entry, context);
      const owner = context.known.find(({ ownPort, ports }) => ownPort && ports.includes(port));
      if (known === undefined && owner === undefined) return [];
      const base = known ?? {
        ...entry,
        daemon: undefined,
        serves: undefined,
        home: undefined,
        workingDirectory: undefined,
        environment: {},
        dataPath: undefined,
      };
      return [
        {
          kind: 'process',
          ...base,
          port,
          run: pid === undefined ? { kind: 'running' } : { kind: 'running', pid },
          starts: 'unknown',
          definedIn: [],
          notes: known === undefined ? [`it holds the port that ${owner?.name} usually has`] : [],
          needsAdmin: [],
          handling: {
            kind: 'report',
            why: 'it is unknown what started it',
            commands: pid === undefined ? [] : [['kill', String(pid)]],
          },
        },
      ];
    });
}
