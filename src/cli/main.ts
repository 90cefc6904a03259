import { build, version } from '../package.ts';
import { showError } from './output.ts';
import { program } from './program.ts';

// node:sqlite prints an ExperimentalWarning on Node 22, which is noise to whoever reads our output.
process.removeAllListeners('warning');
process.on('warning', (warning) => {
  if (warning.name !== 'ExperimentalWarning') process.stderr.write(`${warning.stack ?? warning.message}\n`);
});

try {
  await program(`${version} (${build})`).parseAsync();
} catch (error) {
  process.exitCode = showError(error, process.argv.includes('--json'));
}
