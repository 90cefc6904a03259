// A preload (`node --import`): writes every command that its process starts to the file MEMORYD_SPAWNS names, one a line.

import childProcess from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const file = process.env.MEMORYD_SPAWNS;
// Only this process, not those it starts.
for (const name of ['MEMORYD_SPAWNS', 'NODE_OPTIONS']) delete process.env[name];

appendFileSync(file, '');
for (const name of ['spawn', 'spawnSync', 'execFile']) {
  const real = childProcess[name];
  childProcess[name] = function logged(...args) {
    appendFileSync(file, `${[args[0], ...(args[1] ?? [])].join(' ')}\n`);
    return Reflect.apply(real, this, args);
  };
}
syncBuiltinESMExports();
