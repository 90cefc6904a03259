// What files do on Windows while somebody has them open.
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf } from '../../../src/errors.ts';
import { observeFiles } from '../../../src/install/observe-files.ts';
import { LogWriter } from '../../../src/runtime/logs/writer.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { systemFiles } from '../../../src/system/files.ts';
import { answer } from './answer.ts';

/** Writes over a file that a reader has open for `heldMs`, and says what became of it. */
async function replaceOpen(directory: string, heldMs: number) {
  const path = join(directory, 'definition.json');
  await systemFiles.write(path, 'old', 0o600);
  const descriptor = openSync(path, 'r');
  const letGo = delay(heldMs).then(() => closeSync(descriptor));
  let failure: string | undefined;
  try {
    await systemFiles.write(path, 'new', 0o600);
  } catch (error) {
    failure = codeOf(error);
  }
  const now = readFileSync(path, 'utf8');
  await letGo;
  return { failure, now, left: readdirSync(directory) };
}

/** What an install sees of a file that an install wrote. */
async function observeOwn(directory: string) {
  const path = join(directory, 'token');
  await systemFiles.write(path, 'secret', 0o600);
  return (await observeFiles(systemFiles, [path])).get(path);
}

/** Rotates logs that a reader holds open; counts the lines afterwards. */
function rotateOpen(directory: string) {
  const policy = { maxFileBytes: 2000, keepDays: 14, keepTotalBytes: 1_000_000 };
  const writer = new LogWriter(directory, 'memory', policy, systemClock);
  writer.write('first');
  const held = readdirSync(directory).map((name) => openSync(join(directory, name), 'r'));
  for (let index = 0; index < 200; index += 1) writer.write('line', { index });
  writer.close();
  held.forEach(closeSync);
  const files = readdirSync(directory);
  const lines = files
    .flatMap((name) => readFileSync(join(directory, name), 'utf8').split('\n'))
    .filter(Boolean);
  return { files: files.length, lines: lines.length, dropped: writer.dropped };
}

await answer(async (directory: string) => ({
  released: await replaceOpen(join(directory, 'released'), 300),
  held: await replaceOpen(join(directory, 'held'), 5000),
  own: await observeOwn(join(directory, 'own')),
  rotate: rotateOpen(join(directory, 'rotate')),
}));
