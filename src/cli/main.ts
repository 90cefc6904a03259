import { hushExperimental } from './hush.ts';
import { showError } from './output.ts';
import { plainStatus } from './plain-status.ts';

hushExperimental();

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
