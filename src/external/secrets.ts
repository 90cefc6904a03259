import { parseEnv } from 'node:util';
import { MemorydError } from '../errors.ts';
import type { Environment } from '../service/environment.ts';
import { shellLine } from '../service/shell-line.ts';
import type { System } from '../system/system.ts';

/** parseEnv takes text between these quotes literally; between double quotes, `\n` would become a newline. */
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

/** The text of a secrets file. Throws `configuration` for a value that would not be read back unchanged. */
export function secretsText(secrets: Environment): string {
  const lines = Object.entries(secrets).map(([name, value]) => `${name}=${quoted(name, value)}\n`);
  return lines.sort().join('');
}

/** Reads an environment file's text: `NAME=value` lines, quotes, comments, and a UTF-8 mark that editors leave (N36). */
export function parseSecrets(text: string): Environment {
  return parseEnv(text.replace(/^\ufeff/, '')) as Environment;
}

/**
 * The secrets of a service. Throws `permission` if the file cannot be read, and `configuration` if others can read it
 * or a secret of the definition is missing.
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

/**
 * Replaces secret values in the output of a daemon. Short values are left, because they would replace ordinary text.
 */
export function redactor(secrets: Environment): (text: string) => string {
  const values = Object.values(secrets).filter((value) => value.length >= 6);
  if (values.length === 0) return (text) => text;
  const escaped = values
    .sort((a, b) => b.length - a.length)
    .map((value) => value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  const pattern = new RegExp(escaped.join('|'), 'g');
  return (text) => text.replace(pattern, '***');
}
