import { createConnection } from 'node:net';
import { basename } from 'node:path';
import type { Answer, Call } from './call.ts';

/** A stand-in for a Windows tool: tells the simulator how it was called, prints what comes back, exits as told. */
export function standIn(socket: string): void {
  const [, script = '', ...args] = process.argv;
  const call: Call = { tool: basename(script).replace(/\.exe$/, ''), args, cwd: process.cwd() };
  const connection = createConnection(socket);
  let text = '';
  connection.setEncoding('utf8');
  connection.on('data', (chunk: string) => {
    text += chunk;
  });
  connection.on('end', () => {
    const answer = JSON.parse(text) as Answer;
    process.stdout.write(Buffer.from(answer.stdout, 'base64'));
    process.stderr.write(Buffer.from(answer.stderr, 'base64'));
    // All that Linux keeps of an exit code.
    process.exitCode = answer.code & 0xff;
  });
  connection.write(`${JSON.stringify(call)}\n`);
}
