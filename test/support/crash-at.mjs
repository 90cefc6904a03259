// A preload (`node --import`): kills its process with SIGKILL just before its Nth call that changes anything outside it.
// MEMORYD_CRASH_AT=N; with N beyond the last call nothing happens. MEMORYD_CRASH_COUNT names a file for the count.

import childProcess from 'node:child_process';
import fs, { writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const at = Number(process.env.MEMORYD_CRASH_AT);
const countFile = process.env.MEMORYD_CRASH_COUNT;
// Only this process, not those it starts.
for (const name of ['MEMORYD_CRASH_AT', 'MEMORYD_CRASH_COUNT', 'NODE_OPTIONS']) delete process.env[name];

let calls = 0;

function count(owner, name) {
  const real = owner[name];
  owner[name] = function counted(...args) {
    calls += 1;
    if (calls === at) process.kill(process.pid, 'SIGKILL');
    return Reflect.apply(real, this, args);
  };
}

// The journal's records stand around every step, and every manager command is a spawn. MEMORYD_CRASH_CALLS=all counts
// whatever else changes the disk, too: some two hundred calls an install.
count(fs.promises, 'appendFile');
for (const name of ['spawn', 'spawnSync', 'execFile']) count(childProcess, name);
if (process.env.MEMORYD_CRASH_CALLS === 'all') {
  const promised = 'copyFile cp link mkdir rename rm rmdir symlink unlink writeFile';
  for (const name of promised.split(' ')) count(fs.promises, name);
  for (const name of 'rename write fsync unlink mkdirSync unlinkSync rmSync'.split(' ')) count(fs, name);
}
syncBuiltinESMExports();

if (countFile !== undefined) process.on('exit', () => writeFileSync(countFile, String(calls)));
