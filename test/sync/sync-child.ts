// `memoryd sync` as a process of its own: action, server, folder, then the flags of the test.
import { join } from 'node:path';
import { processSignals, type SyncOptions, sync } from '../../src/cli/commands/sync.ts';
import { output } from '../../src/cli/output.ts';
import { realSystem } from '../../src/system/system.ts';

const [action, server = '', dir = '', ...flags] = process.argv.slice(2);
const options = { action: action as SyncOptions['action'], server, dir, project: 'demo', timeout: 5 };
process.exitCode = await sync(
  { ...options, hold: flags.includes('--hold') },
  { system: realSystem(), configDir: join(dir, 'no-config'), output: output(false), signals: processSignals },
);
