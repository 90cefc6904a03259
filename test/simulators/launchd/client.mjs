import { connect } from 'node:net';

/** What runs as `launchctl`: hands its arguments to the simulator at `socketPath` and does as it says. */
export function main(socketPath) {
  const socket = connect(socketPath);
  let text = '';
  socket.setEncoding('utf8');
  socket.on('connect', () => socket.write(`${JSON.stringify({ argv: process.argv.slice(2) })}\n`));
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', (error) => {
    process.stderr.write(`launchd simulator: ${error.message}\n`);
    process.exitCode = 1;
  });
  socket.on('end', () => {
    if (text === '') return;
    const { code, stdout = '', stderr = '' } = JSON.parse(text);
    process.stdout.write(stdout);
    process.stderr.write(stderr);
    process.exitCode = code;
  });
}
