// A preload (`node --import`): kills its process with SIGKILL just before its Nth call that changes anything outside it.
// MEMORYD_CRASH_AT=N; with N beyond the last call nothing happens. MEMORYD_CRASH_COUNT names a file for the count, or
// for `killed`. MEMORYD_CRASH_FROM=journal counts from the first record of a plan on: what was cut off before is ended by
// then, and nothing has changed.

import childProcess from 'node:child_process';
import fs, { writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const at = Number(process.env.MEMORYD_CRASH_AT);
const countFile = process.env.MEMORYD_CRASH_COUNT;
const fromJournal = process.env.MEMORYD_CRASH_FROM === 'journal';
// Only this process, not those it starts.
for (const name of ['MEMORYD_CRASH_AT', 'MEMORYD_CRASH_COUNT', 'MEMORYD_CRASH_FROM', 'NODE_OPTIONS']) {
  delete process.env[name];
}

let counting = !fromJournal;
let calls = 0;

/** `systemctl show` changes nothing: a kill before it is one before what follows it. */
const onlyLooks = ([, words]) => fromJournal && Array.isArray(words) && words.includes('show');

function count(owner, name) {
  const real = owner[name];
  owner[name] = function counted(...args) {
    counting ||= name === 'appendFile';
    if (counting && !onlyLooks(args)) calls += 1;
    if (counting && calls === at) {
      if (countFile !== undefined) writeFile(countFile, 'killed');
      process.kill(process.pid, 'SIGKILL');
    }
    return Reflect.apply(real, this, args);
  };
}

// Before it is counted itself.
const writeFile = writeFileSync;
// The journal's records stand around every step, and every manager command is a spawn. MEMORYD_CRASH_CALLS=all counts
// whatever else changes the disk, too: some two hundred calls an install.
count(fs.promises, 'appendFile');
for (const name of ['spawn', 'spawnSync', 'execFile']) count(childProcess, name);
if (process.env.MEMORYD_CRASH_CALLS === 'all') {
  const promised = 'copyFile cp link mkdir rename rm rmdir symlink unlink writeFile';
  for (const name of promised.split(' ')) count(fs.promises, name);
  for (const name of 'open writeFile fsync rename mkdirSync unlinkSync rmSync'.split(' ')) count(fs, name);
}
syncBuiltinESMExports();

if (countFile !== undefined) process.on('exit', () => writeFile(countFile, String(calls)));
