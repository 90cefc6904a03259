import { InvalidArgumentError } from 'commander';

/** An option's value as a whole number. */
export function integer(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('not a whole number');
  return Number(text);
}

/** `NAME=VALUE` of an option that may be repeated, with those before it. */
export function pair(text: string, before: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('not NAME=VALUE');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** Loads a command's code when it runs. commander gives arguments, options and the command itself: the last is not for us. */
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
  if (match === null) throw new InvalidArgumentError('not tcp, http:<path> or mcp:<path>');
  const kind = match[1] ?? match[2];
  return match[3] === undefined ? { kind } : { kind, path: match[3] };
}
