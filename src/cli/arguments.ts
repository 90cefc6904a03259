import { type Command, type CommandOptions, InvalidArgumentError, Option } from 'commander';
import { defaultService } from '../service/name.ts';
import { backendNames } from '../service/unit.ts';

/** Adds a top-level command with `--json` and the settings of the whole program. */
export type AddCommand = (usage: string, description: string, options?: CommandOptions) => Command;

/** The argument that names a service. */
export const serviceArgument = ['[name]', 'the service', defaultService] as const;

export const dryRun = ['--dry-run', 'show what would be done, and change nothing'] as const;

export const backendOption = () =>
  new Option('--backend <name>', 'use this service manager').choices(backendNames);

/** The end of a command's help: command lines that can be pasted. */
export function examples(...lines: string[]): string {
  return ['', 'Examples:', ...lines.map((line) => `  ${line}`)].join('\n');
}

/** An option's value as a whole number. */
export function integer(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('must be a whole number');
  return Number(text);
}

/** `NAME=VALUE` of an option that may be repeated, with those before it. */
export function pair(text: string, before: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('must be NAME=VALUE');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** Loads a command's code when it runs. commander passes the command itself as the last argument; it is dropped. */
export function lazily<A extends unknown[]>(load: () => Promise<(...args: A) => Promise<void>>) {
  return async (...args: unknown[]): Promise<void> => (await load())(...(args.slice(0, -1) as A));
}

/** An option that may be repeated. */
export function list(text: string, before: string[] = []): string[] {
  return [...before, text];
}

/** `tcp`, `http:/health`, `mcp:/mcp`. The path may be left out. */
export function probe(text: string): object {
  const match = /^(?:(tcp)|(http|mcp)(?::(\/.*))?)$/.exec(text);
  if (match === null) throw new InvalidArgumentError('must be tcp, http:<path> or mcp:<path>');
  const kind = match[1] ?? match[2];
  return match[3] === undefined ? { kind } : { kind, path: match[3] };
}
