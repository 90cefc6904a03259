import { XMLParser } from 'fast-xml-parser';
import { splitWindows } from '../command-line.ts';
import { expandVariables } from './parse-registry.ts';

/** The program in a WinSW configuration file. */
export interface WinswFile {
  executable: string | undefined;
  words: string[];
  workingDirectory: string | undefined;
  environment: Record<string, string>;
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  isArray: (name) => ['env', 'argument', 'startargument'].includes(name),
});

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;

const texts = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).flatMap((one) => text(one) ?? []);

/**
 * The words of one `<argument>`: one word, unless it contains quotes. node-windows 0.1 writes its whole command line
 * into one.
 */
const wordsOf = (argument: string): string[] =>
  argument.includes('"') ? splitWindows(argument) : [argument];

/**
 * Reads `<id>.xml`. Gives `undefined` when it is not a WinSW file. `base` is its directory, WinSW's %BASE%.
 * `<arguments>` is one command line; each `<argument>` (1.x, node-windows) is one word.
 */
export function readWinsw(xml: string, base: string): WinswFile | undefined {
  let root: unknown;
  try {
    root = parser.parse(xml.replace(/^\ufeff/, ''), true);
  } catch {
    return undefined;
  }
  const service = (root as { service?: Record<string, unknown> }).service;
  if (typeof service !== 'object' || service === null) return undefined;
  const fill = (value: string) => expandVariables(value, { BASE: base });
  const line = text(service.startarguments) ?? text(service.arguments);
  const words =
    line === undefined
      ? texts(service.startargument ?? service.argument).flatMap(wordsOf)
      : splitWindows(line);
  const variables = (Array.isArray(service.env) ? service.env : []) as Record<string, unknown>[];
  const executable = text(service.executable);
  const directory = text(service.workingdirectory);
  return {
    executable: executable === undefined ? undefined : fill(executable),
    words: words.map(fill),
    workingDirectory: directory === undefined ? undefined : fill(directory),
    environment: Object.fromEntries(
      variables.flatMap((variable) => {
        const name = text(variable['@name']);
        return name === undefined ? [] : [[name, fill(String(variable['@value'] ?? ''))]];
      }),
    ),
  };
}
