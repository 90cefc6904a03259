/** node:sqlite prints an ExperimentalWarning on Node 22, which is noise to whoever reads our output. */
export function hushExperimental(): void {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning') {
      process.stderr.write(`${warning.stack ?? warning.message}\n`);
    }
  });
}
