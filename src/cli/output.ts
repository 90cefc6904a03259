import { exitCodes, MemorydError, messageOf } from '../errors.ts';
import { plainText } from './plain-text.ts';

/** The version of the documents that `--json` prints. It is raised when a key changes its name or meaning. */
const schema = 2;

/** Where output goes: data to stdout, messages to stderr. With `--json`, one JSON document replaces both. */
export interface Output {
  json: boolean;
  /** Data, for people and pipes. */
  print(text: string): void;
  /** Messages for people. Silent with `--json`. */
  info(text: string): void;
  /** The one document of a `--json` run. */
  printJson(value: object): void;
}

/** `write` writes text to stdout. */
export function output(
  json: boolean,
  write: (text: string) => void = (text) => process.stdout.write(text),
): Output {
  return {
    json,
    print: (text) => write(`${text}\n`),
    info: (text) => void (json || process.stderr.write(`${text}\n`)),
    printJson: (value) => write(`${JSON.stringify({ schema, ...value })}\n`),
  };
}

/** Prints an error and returns the exit code. The stack is printed only with MEMORYD_DEBUG=1. */
export function showError(error: unknown, json: boolean): number {
  const known = error instanceof MemorydError ? error : undefined;
  const exitCode = known?.exitCode ?? exitCodes.failed;
  if (process.env.MEMORYD_DEBUG === '1' && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  if (json) {
    const { kind = 'failed', hint = null, words = null } = known ?? {};
    const shown = { kind, message: messageOf(error), output: words, hint, exitCode };
    process.stdout.write(`${JSON.stringify({ schema, error: shown })}\n`);
    return exitCode;
  }
  process.stderr.write(`memoryd: ${messageOf(error)}\n`);
  if (known?.words !== undefined) {
    const words = plainText(known.words, process.stderr.isTTY === true);
    process.stderr.write(`${words.replace(/^/gm, '  ')}\n`);
  }
  if (known?.hint !== undefined) process.stderr.write(`try: ${known.hint}\n`);
  return exitCode;
}
