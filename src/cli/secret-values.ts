import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { MemorydError } from '../errors.ts';
import { parseSecrets } from '../external/secrets.ts';
import { variablePattern } from '../service/name.ts';
import type { Files } from '../system/files.ts';
import type { Output } from './output.ts';

/** Where values of secrets may come from. Never from the command line: other users can read it. */
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

/** A line for each name from the terminal, without echo. */
async function typed(names: readonly string[]): Promise<string[]> {
  const discard = new Writable({ write: (_chunk, _encoding, done) => done() });
  // Echo stays off from before the first prompt until after the last, because people type ahead.
  const terminal = createInterface({ input: process.stdin, output: discard, terminal: true, historySize: 0 });
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
      if (value === '') throw missing(name, 'no value was typed');
      values.push(value);
    }
  } finally {
    terminal.close();
  }
  return values;
}

/** All of standard input for a single name, or one line for each of several names. */
async function piped(names: readonly string[]): Promise<string[]> {
  const all = (await text(process.stdin)).replace(/\r?\n$/, '');
  const values = names.length === 1 ? [all] : all.split(/\r?\n/);
  const without = names.find((_name, index) => !values[index]);
  if (without !== undefined) {
    throw missing(without, 'not set in your environment and not on standard input');
  }
  if (values.length > names.length) {
    throw new MemorydError(
      'usage',
      `--secret: standard input has ${values.length} lines for ${names.length} secrets`,
    );
  }
  return values;
}

async function asked(names: readonly string[], out: Pick<Output, 'info'>): Promise<string[]> {
  if (names.length === 0) return [];
  if (process.stdin.isTTY) return typed(names);
  out.info(`reading ${names.join(', ')} from standard input`);
  return piped(names);
}

async function fileValues(files: Files, path: string): Promise<Record<string, string>> {
  const read = await files.read(path);
  if (read.kind !== 'content') {
    const why = read.kind === 'absent' ? 'there is no such file' : read.why;
    throw new MemorydError('usage', `--env-file: cannot read ${path}: ${why}`);
  }
  const values = parseSecrets(read.text);
  const wrong = Object.keys(values).find((name) => !variablePattern.test(name));
  if (wrong === undefined) return values;
  throw new MemorydError(
    'usage',
    `--env-file: ${path} sets ${JSON.stringify(wrong)}, which is not a variable name`,
  );
}

/**
 * The values for a service's secrets file: from an environment file, from this process's environment, and the rest from
 * the terminal or standard input. Throws `usage` for a value that is missing or a name that is wrong.
 */
export async function secretValues(
  files: Files,
  sources: Sources,
  out: Pick<Output, 'info'>,
): Promise<Record<string, string>> {
  const { file } = sources;
  const names = [...new Set(sources.names)];
  if (!names.every((name) => variablePattern.test(name))) {
    // The text is not repeated: it may be the value itself.
    throw new MemorydError('usage', '--secret: must be the name of a variable, never its value');
  }
  const fromFile = file === undefined ? {} : await fileValues(files, file);
  const elsewhere = names.filter((name) => !process.env[name]);
  const values = await asked(elsewhere, out);
  const secretOf = (name: string) => process.env[name] || (values[elsewhere.indexOf(name)] as string);
  return { ...fromFile, ...Object.fromEntries(names.map((name) => [name, secretOf(name)])) };
}
