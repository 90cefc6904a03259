import { exitCodes, MemorydError, messageOf } from '../errors.ts';

/** Where a command's words go: data to stdout, talk to stderr, and one JSON document instead of either with `--json`. */
export interface Output {
  json: boolean;
  /** For people and pipes alike. */
  data(text: string): void;
  /** For people only; silent with `--json`. */
  talk(text: string): void;
  /** The one document of a `--json` run. */
  document(value: object): void;
}

/** `write` puts text to stdout. */
export function output(
  json: boolean,
  write: (text: string) => void = (text) => process.stdout.write(text),
): Output {
  return {
    json,
    data: (text) => write(`${text}\n`),
    talk: (text) => void (json || process.stderr.write(`${text}\n`)),
    document: (value) => write(`${JSON.stringify({ schema: 1, ...value })}\n`),
  };
}

/** Shows what went wrong, and gives the exit code. A stack only with MEMORYD_DEBUG=1. */
export function showError(error: unknown, json: boolean): number {
  const known = error instanceof MemorydError ? error : undefined;
  const exitCode = known?.exitCode ?? exitCodes.failed;
  if (process.env.MEMORYD_DEBUG === '1' && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  if (json) {
    const { kind = 'failed', hint = null, words = null } = known ?? {};
    process.stdout.write(
      `${JSON.stringify({ schema: 1, error: { kind, message: messageOf(error), words, hint, exitCode } })}\n`,
    );
    return exitCode;
  }
  process.stderr.write(`memoryd: ${messageOf(error)}\n`);
  if (known?.words !== undefined) process.stderr.write(`${known.words.replace(/^/gm, '  ')}\n`);
  if (known?.hint !== undefined) process.stderr.write(`try: ${known.hint}\n`);
  return exitCode;
}
