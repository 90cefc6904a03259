// Looks for a host as every command does, over its named pipe.
import { createConnection } from 'node:net';
import type { Roots } from '../../../src/layout.ts';
import { askControl, type ControlOperation } from '../../../src/runtime/control-client.ts';
import { findEndpoint } from '../../../src/runtime/find-endpoint.ts';
import { readEndpoints } from '../../../src/runtime/runtime-directory.ts';
import { realSystem } from '../../../src/system/system.ts';
import { answer } from './answer.ts';

interface Question {
  roots: Roots;
  op: 'find' | ControlOperation | 'intrude' | 'kill';
}

/** What the pipe says to one who does not show the token. */
function intrude(pipe: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(pipe, () => socket.write('{"op":"stop"}\n'));
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
  });
}

await answer(async ({ roots, op }: Question) => {
  const system = realSystem();
  if (op === 'find') return findEndpoint(system, roots, 'memory');
  const [published] = await readEndpoints(system, roots, 'memory');
  if (published?.kind !== 'endpoint') return published ?? { kind: 'absent' };
  const { endpoint } = published;
  if (op === 'intrude') return { said: await intrude(endpoint.control) };
  if (op === 'kill') return { killed: process.kill(endpoint.pid, 'SIGKILL') };
  return askControl(system, roots, endpoint, op);
});
