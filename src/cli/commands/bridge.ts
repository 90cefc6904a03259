import { awaitOwnDaemon } from '../../host/own-daemon.ts';
import { checkName } from '../../service/name.ts';
import { thisMachine } from '../machine.ts';

/** A daemon that is just starting, after a login for one, is waited for. */
const patienceMs = 15_000;

/** Speaks MCP on the standard streams for a client that knows nothing else, until that closes its end. */
export async function bridgeCommand(name: string): Promise<void> {
  const service = checkName(name);
  const { system, roots } = thisMachine();
  const { StdioBridge } = await import('../../bridge/stdio-bridge.ts');
  const bridge = new StdioBridge({
    input: process.stdin,
    output: process.stdout,
    locate: ({ wait }) => awaitOwnDaemon(system, roots, service, wait ? patienceMs : 0),
    say: (text) => void process.stderr.write(`memoryd: ${text}\n`),
  });
  // The client may be gone before it has read our last word.
  process.stdout.on('error', () => process.stdin.destroy());
  await bridge.run();
}
