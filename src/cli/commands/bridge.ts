import { machineFor } from '../../install/service-machine.ts';
import { thisMachine } from '../../install/this-machine.ts';
import { awaitOwnDaemon } from '../../runtime/own-daemon.ts';
import { checkName } from '../../service/name.ts';

/** How long to wait for a daemon that is starting, for example after a login. */
const patienceMs = 15_000;

/** Speaks MCP on the standard streams until the client closes its end. */
export async function bridgeCommand(name: string): Promise<void> {
  const service = checkName(name);
  const { system, roots } = await machineFor(thisMachine(), service);
  const { StdioBridge } = await import('../../bridge/stdio-bridge.ts');
  const bridge = new StdioBridge({
    input: process.stdin,
    output: process.stdout,
    locate: ({ wait, signal }) => awaitOwnDaemon(system, roots, service, wait ? patienceMs : 0, signal),
    clock: system.clock,
    say: (text) => void process.stderr.write(`memoryd: ${text}\n`),
  });
  // The client may exit before it has read the last answer.
  process.stdout.on('error', () => process.stdin.destroy());
  await bridge.run();
}
