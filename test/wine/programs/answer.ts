import { readFileSync, writeFileSync } from 'node:fs';

/** Runs on Node for Windows: reads the question from the first file it is given, writes what `find` says to the second. */
export async function answer<I, O>(find: (input: I) => O | Promise<O>): Promise<void> {
  const [, , from = '', to = ''] = process.argv;
  writeFileSync(to, JSON.stringify(await find(JSON.parse(readFileSync(from, 'utf8')) as I)));
}
