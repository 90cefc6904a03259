// What the simulated Mac's root runs to read what only root may: the reader itself.
import { readLegacyCommand } from '../../../src/cli/commands/read-legacy.ts';

const [, what = '', path = ''] = process.argv.slice(2).filter((word) => word !== '--');
await readLegacyCommand(what, path, {});
