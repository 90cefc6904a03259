import { showError } from './output.ts';
import { plainStatus } from './plain-status.ts';

// node:sqlite prints an ExperimentalWarning on Node 22, which is noise to whoever reads our output.
process.removeAllListeners('warning');
process.on('warning', (warning) => {
  if (warning.name !== 'ExperimentalWarning') process.stderr.write(`${warning.stack ?? warning.message}\n`);
});

async function main(): Promise<void> {
  const plain = plainStatus(process.argv.slice(2));
  if (plain !== undefined) {
    const { statusCommand } = await import('./commands/status.ts');
    return statusCommand(plain.name, plain.options);
  }
  const { program } = await import('./program.ts');
  await program().parseAsync();
}

try {
  await main();
} catch (error) {
  process.exitCode = showError(error, process.argv.includes('--json'));
}
