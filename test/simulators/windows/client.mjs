import { createConnection } from 'node:net';
import { basename } from 'node:path';

/**
 * A stand-in for a Windows tool: tells the simulator how it was called, prints what comes back, exits as told. Plain
 * JavaScript, because it starts some thousand times a run and stripping types doubles the time of a start.
 */
export function standIn(socket) {
  const [, script = '', ...args] = process.argv;
  const call = { tool: basename(script).replace(/\.exe$/, ''), args, cwd: process.cwd() };
  const connection = createConnection(socket);
  let text = '';
  connection.setEncoding('utf8');
  connection.on('data', (chunk) => {
    text += chunk;
  });
  connection.on('end', () => {
    const answer = JSON.parse(text);
    process.stdout.write(Buffer.from(answer.stdout, 'base64'));
    process.stderr.write(Buffer.from(answer.stderr, 'base64'));
    // All that Linux keeps of an exit code.
    process.exitCode = answer.code & 0xff;
  });
  connection.write(`${JSON.stringify(call)}\n`);
}
