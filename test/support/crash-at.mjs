// A preload (`node --import`): kills its process with SIGKILL just before its Nth call that changes anything outside it.
// MEMORYD_CRASH_AT=N; with N beyond the last call it changes nothing, and MEMORYD_CRASH_COUNT names a file for the count.
import { writeFileSync } from 'node:fs';
import childProcess from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const at = Number(process.env.MEMORYD_CRASH_AT);
const countFile = process.env.MEMORYD_CRASH_COUNT;
// Only this process, not those it starts.
delete process.env.MEMORYD_CRASH_AT;
delete process.env.MEMORYD_CRASH_COUNT;
delete process.env.NODE_OPTIONS;

let calls = 0;

function before(owner, name) {
  const real = owner[name];
  owner[name] = function counted(...args) {
    calls += 1;
    if (calls === at) process.kill(process.pid, 'SIGKILL');
    return Reflect.apply(real, this, args);
  };
}

const changing = ['appendFile', 'chmod', 'copyFile', 'cp', 'link', 'mkdir', 'rename', 'rm', 'rmdir', 'symlink', 'unlink', 'writeFile'];
for (const name of changing) before(fs.promises, name);
for (const name of ['writeSync', 'renameSync', 'unlinkSync', 'mkdirSync', 'rename', 'write', 'unlink', 'fsync']) before(fs, name);
for (const name of ['spawn', 'spawnSync', 'execFile']) before(childProcess, name);
syncBuiltinESMExports();

if (countFile !== undefined) process.on('exit', () => writeFileSync(countFile, String(calls)));
