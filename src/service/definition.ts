import { isAbsolute } from 'node:path';
import * as z from 'zod';
import { daemonSettingsSchema } from './daemon-settings.ts';
import { checkExternal, externalFields, plainText as text, variableName } from './external-settings.ts';
import { namePattern, nameRule } from './name.ts';
import { check, jsonProblem, type Problem } from './problem.ts';
import { wholeNumber } from './range.ts';
import { backendNames } from './unit.ts';

const absolutePath = text.refine(isAbsolute, 'must be an absolute path');
const seconds = wholeNumber(0, 86_400);

/** The desired state of one service. It is the only source of truth: units, ports and plans are computed from it. */
export const definitionSchema = z
  .strictObject({
    $schema: z.string().optional(),
    schema: z.literal(1),
    name: z.string().regex(namePattern, nameRule),
    description: text.max(200).optional(),
    /** The adapter whose settings apply where the definition says nothing. */
    adapter: z.string().regex(namePattern, nameRule).optional(),
    ...externalFields,
    environment: z.record(variableName, text).default({}),
    workingDirectory: absolutePath.optional(),
    dataDir: absolutePath.optional(),
    /** A fixed port. Default: derived from the user name. */
    port: wholeNumber(1024, 65_535).optional(),
    backend: z.enum(backendNames).optional(),
    startAtLogin: z.boolean().default(true),
    sandbox: z.enum(['off', 'default', 'strict']).default('default'),
    startTimeoutSecs: seconds.default(60),
    stopTimeoutSecs: wholeNumber(1, 86_400).default(10),
    logs: z
      .strictObject({
        maxFileMb: wholeNumber(1, 1024).default(10),
        keepDays: wholeNumber(1, 3650).default(14),
        keepTotalMb: wholeNumber(1, 65_536).default(200),
        /** Compress full files with gzip. */
        compress: z.boolean().default(false),
      })
      .prefault({}),
    daemon: daemonSettingsSchema.prefault({}),
  })
  .superRefine(checkExternal);

export type Definition = z.output<typeof definitionSchema>;

export type ParsedDefinition =
  | { kind: 'valid'; definition: Definition }
  | { kind: 'invalid'; problems: Problem[] };

/** Reads a definition file's text. Never throws: an invalid text gives its problems. */
export function parseDefinition(source: string): ParsedDefinition {
  let json: unknown;
  try {
    json = JSON.parse(source);
  } catch (error) {
    return { kind: 'invalid', problems: [jsonProblem(error)] };
  }
  return checkDefinition(json);
}

/** Checks a value as a definition and fills in the defaults. */
export function checkDefinition(value: unknown): ParsedDefinition {
  const checked = check(definitionSchema, value);
  return checked.kind === 'valid' ? { kind: 'valid', definition: checked.value } : checked;
}

/** The JSON schema of a definition file, for editors. */
export function definitionJsonSchema(): object {
  return z.toJSONSchema(definitionSchema, { io: 'input' });
}
