import { parseFastStatus } from './fast-status-arguments.ts';
import { showError } from './output.ts';
import { suppressExperimentalWarnings } from './suppress-warnings.ts';

suppressExperimentalWarnings();
// Files get the modes that the code names. The umask of the shell could open others to everyone, or close them to us.
process.umask(0o077);

async function main(): Promise<void> {
  const plain = parseFastStatus(process.argv.slice(2));
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
