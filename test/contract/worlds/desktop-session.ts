import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Argv } from '../../../src/system/exec.ts';

const escapes: Readonly<Record<string, string>> = { s: ' ', n: '\n', t: '\t', r: '\r', '\\': '\\' };

/** The value of Exec taken apart. desktop-entry-spec, "Possible value types" and "The Exec key" */
function argvOf(value: string): string[] {
  const text = value.replaceAll(/\\(.)/g, (all, letter: string) => escapes[letter] ?? all);
  const words = text.match(/"(?:\\.|[^"\\])*"|[^\s"]+/g) ?? [];
  const bare = words.map((word) =>
    word.startsWith('"') ? word.slice(1, -1).replaceAll(/\\(["`$\\])/g, '$1') : word,
  );
  return bare.map((word) => word.replaceAll('%%', '%'));
}

/** What a desktop session starts when it begins: every entry of the user's autostart directory. */
export async function autostarted(configHome: string): Promise<Argv[]> {
  const directory = join(configHome, 'autostart');
  const names = (await readdir(directory)).filter((name) => name.endsWith('.desktop'));
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
  return texts.map((text) => argvOf(/^Exec=(.*)$/m.exec(text)?.[1] ?? '') as unknown as Argv);
}
