import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MemorydError } from '../../errors.ts';
import { extentOf } from '../../legacy/probe/data.ts';
import { settingsOf } from '../../legacy/settings.ts';
import { systemFiles } from '../../system/files.ts';
import { readTree } from '../../system/tree/read.ts';
import { surveyTree } from '../../system/tree/survey.ts';
import { encodeRecord } from '../../system/tree/wire.ts';

interface Options {
  settings?: string;
}

/** The directory from the daemon's settings, else `path`. */
async function directoryOf(path: string, { settings }: Options): Promise<string> {
  if (settings === undefined) return path;
  const read = await systemFiles.read(settings);
  const home = dirname(dirname(settings));
  return (read.kind === 'content' ? settingsOf(read.text, home).dataDir : undefined) ?? path;
}

async function* frames(root: string): AsyncGenerator<Buffer> {
  for await (const record of readTree(root)) yield encodeRecord(record);
}

async function printFile(path: string): Promise<void> {
  const read = await systemFiles.read(path);
  if (read.kind === 'unreadable') throw new MemorydError('permission', read.why);
  if (read.kind === 'content') process.stdout.write(read.bytes);
}

/** The only command of memoryd that root runs. It reads, and writes to standard output only. */
export async function readLegacyCommand(what: string, path: string, options: Options): Promise<void> {
  if (what === 'file') return printFile(path);
  const directory = await directoryOf(path, options);
  if (what === 'tree') return pipeline(Readable.from(frames(directory)), process.stdout);
  if (what !== 'survey' && what !== 'check')
    throw new MemorydError('usage', `unknown kind of output: ${what}`);
  if ((await systemFiles.inspect(directory)).kind === 'absent') {
    if (what === 'survey') process.stdout.write('{"absent":true}\n');
    return;
  }
  const survey = await surveyTree(directory);
  if (what === 'survey') process.stdout.write(`${JSON.stringify(survey)}\n`);
  const [obstacle] = extentOf(survey).obstacles;
  if (what === 'check' && obstacle !== undefined) {
    throw new MemorydError('failed', `the data in ${directory} cannot be moved completely: ${obstacle}`);
  }
}
