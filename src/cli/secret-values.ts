import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { MemorydError, messageOf } from '../errors.ts';
import { parseSecrets } from '../foreign/secrets.ts';
import type { Output } from './output.ts';

/** Where values of secrets may come from. Never from the command line, which others can see. */
interface Sources {
  /** Names, each a variable of this process's environment, or asked for. */
  names: readonly string[];
  /** Path of an environment file. */
  file: string | undefined;
}

function missing(name: string, why: string): MemorydError {
  return new MemorydError('usage', `--secret ${name}: ${why}`, {
    hint: `read -rs ${name} && export ${name}`,
  });
}

/** A line for each name from the terminal, which shows none of them. */
async function typed(names: readonly string[]): Promise<string[]> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  // It must not echo from before the first prompt until after the last: people type ahead.
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 });
  let interrupted = false;
  terminal.once('SIGINT', () => {
    interrupted = true;
    terminal.close();
  });
  const lines = terminal[Symbol.asyncIterator]();
  const values: string[] = [];
  try {
    for (const name of names) {
      process.stderr.write(`${name}: `);
      const { value = '' } = await lines.next();
      process.stderr.write('\n');
      if (interrupted) throw new MemorydError('failed', 'interrupted');
      if (value === '') throw missing(name, 'nothing was typed');
      values.push(value);
    }
  } finally {
    terminal.close();
  }
  return values;
}

/** All of standard input for one name; for several a line each. */
async function piped(names: readonly string[]): Promise<string[]> {
  const all = (await text(process.stdin)).replace(/\r?\n$/, '');
  const values = names.length === 1 ? [all] : all.split(/\r?\n/);
  const without = names.find((_name, index) => !values[index]);
  if (without !== undefined) {
    throw missing(without, 'it is neither in your environment nor on standard input');
  }
  if (values.length > names.length) {
    throw new MemorydError('usage', `standard input has ${values.length} lines for ${names.length} secrets`);
  }
  return values;
}

async function asked(names: readonly string[], out: Pick<Output, 'talk'>): Promise<string[]> {
  if (names.length === 0) return [];
  if (process.stdin.isTTY) return typed(names);
  out.talk(`reading ${names.join(', ')} from standard input`);
  return piped(names);
}

async function fileOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new MemorydError('usage', `--env-file: ${messageOf(error)}`);
  }
}

/**
 * Values for a service's secrets file: from a file, from this process's environment, and what is in neither from the
 * terminal or standard input. Throws `usage` for one that is nowhere.
 */
export async function secretValues(
  sources: Sources,
  out: Pick<Output, 'talk'>,
): Promise<Record<string, string>> {
  const { file } = sources;
  const names = [...new Set(sources.names)];
  if (!names.every((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name))) {
    // Not repeated: it may be the value itself.
    throw new MemorydError('usage', '--secret takes the name of a variable, never its value');
  }
  const fromFile = file === undefined ? {} : parseSecrets(await fileOf(file));
  const elsewhere = names.filter((name) => !process.env[name]);
  const values = await asked(elsewhere, out);
  const secretOf = (name: string) => process.env[name] || (values[elsewhere.indexOf(name)] as string);
  return { ...fromFile, ...Object.fromEntries(names.map((name) => [name, secretOf(name)])) };
}
