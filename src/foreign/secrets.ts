import { parseEnv } from 'node:util';
import { MemorydError } from '../errors.ts';
import type { Environment } from '../service/environment.ts';
import { shellLine } from '../service/shell-line.ts';
import type { System } from '../system/system.ts';

/** Between these quotes parseEnv takes everything as it is; double quotes would turn `\n` into a newline. */
const quotes = ["'", '`', '"'];

function quoted(name: string, value: string): string {
  const fits = (quote: string) => !value.includes(quote) && (quote !== '"' || !value.includes('\\'));
  const quote = quotes.find(fits);
  if (quote === undefined || value.includes('\0') || value.includes('\r')) {
    throw new MemorydError(
      'configuration',
      `the value of ${name} cannot be stored: it has a NUL, a carriage return or every kind of quote`,
    );
  }
  return `${quote}${value}${quote}`;
}

/** The text of a secrets file. Throws `configuration` for a value that no reader would give back as it was. */
export function secretsText(secrets: Environment): string {
  const lines = Object.entries(secrets).map(([name, value]) => `${name}=${quoted(name, value)}\n`);
  return lines.sort().join('');
}

/** Reads an environment file's text: `NAME=value` lines, quotes, comments, and a UTF-8 mark that editors leave (N36). */
export function parseSecrets(text: string): Environment {
  return parseEnv(text.replace(/^\ufeff/, '')) as Environment;
}

/**
 * The secrets of a service. Throws `permission` when others may read the file, `configuration` when one that the
 * definition names is not in it.
 */
export async function readSecrets(
  { files, platform }: Pick<System, 'files' | 'platform'>,
  path: string,
  required: readonly string[],
  service: string,
): Promise<Environment> {
  const [seen, read] = await Promise.all([files.inspect(path), files.read(path)]);
  if (read.kind === 'unreadable') throw new MemorydError('permission', `cannot read ${path}: ${read.why}`);
  if (platform !== 'win32' && 'stats' in seen && (seen.stats.mode & 0o077) !== 0) {
    throw new MemorydError('configuration', `${path} can be read by others`, {
      hint: shellLine(['chmod', '600', path]),
    });
  }
  const secrets = read.kind === 'content' ? parseSecrets(read.text) : {};
  for (const [index, name] of required.entries()) {
    if (secrets[name] === undefined) {
      throw new MemorydError('configuration', `secrets.${index}: ${path} has no ${name}`, {
        hint: `memoryd install ${service} --secret ${name}`,
      });
    }
  }
  return secrets;
}

/** Takes secret values out of what a daemon prints. Short ones would take out half the text. */
export function redactor(secrets: Environment): (text: string) => string {
  const values = Object.values(secrets).filter((value) => value.length >= 6);
  if (values.length === 0) return (text) => text;
  const escaped = values
    .sort((a, b) => b.length - a.length)
    .map((value) => value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  const pattern = new RegExp(escaped.join('|'), 'g');
  return (text) => text.replace(pattern, '***');
}
