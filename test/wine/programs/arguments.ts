// What a Windows process gets as argv when it is started with a raw command line.
import { spawnSync } from 'node:child_process';
import { answer } from './answer.ts';

const echo = "require('fs').writeSync(1, JSON.stringify(process.argv.slice(1)))";

await answer((lines: string[]) =>
  lines.map((line) => {
    // The first two arguments have no quotes of their own that could hide a fault.
    const argv = ['-e', `"${echo.replaceAll('"', '\\"')}"`, '--', line];
    const result = spawnSync(process.execPath, argv, { windowsVerbatimArguments: true, encoding: 'utf8' });
    return JSON.parse(result.stdout) as string[];
  }),
);
