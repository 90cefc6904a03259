/** Suppresses ExperimentalWarning, which node:sqlite prints on Node 22. Other warnings are printed as usual. */
export function suppressExperimentalWarnings(): void {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning') {
      process.stderr.write(`${warning.stack ?? warning.message}\n`);
    }
  });
}
