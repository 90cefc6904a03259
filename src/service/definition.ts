import { isAbsolute } from 'node:path';
import * as z from 'zod';
import { daemonSettingsSchema } from './daemon-settings.ts';
import { checkForeign, foreignFields, plainText as text, variableName } from './foreign-settings.ts';
import { namePattern } from './name.ts';
import { type Problem, problemsOf } from './problem.ts';
import { backendNames } from './unit.ts';

const absolutePath = text.refine(isAbsolute, 'must be an absolute path');
const seconds = z.int().min(0).max(86_400);

/** What the user wants of one service. The only source of truth: units, ports and plans follow from it. */
export const definitionSchema = z
  .strictObject({
    $schema: z.string().optional(),
    schema: z.literal(1),
    name: z
      .string()
      .regex(namePattern, 'lower-case letters, digits and inner dashes, at most 32, a letter first'),
    description: text.max(200).optional(),
    /** The adapter that fills in what is not said here. */
    adapter: z.string().regex(namePattern).optional(),
    ...foreignFields,
    environment: z.record(variableName, text).default({}),
    workingDirectory: absolutePath.optional(),
    dataDir: absolutePath.optional(),
    /** Fixes the port; without it it is hashed from the user name. */
    port: z.int().min(1024).max(65_535).optional(),
    backend: z.enum(backendNames).optional(),
    startAtLogin: z.boolean().default(true),
    sandbox: z.enum(['off', 'default', 'strict']).default('default'),
    startTimeoutSecs: seconds.default(60),
    stopTimeoutSecs: seconds.min(1).default(10),
    logs: z
      .strictObject({
        maxFileMb: z.int().min(1).max(1024).default(10),
        keepDays: z.int().min(1).max(3650).default(14),
        keepTotalMb: z.int().min(1).max(65_536).default(200),
        /** Packs files that are full, with gzip. */
        compress: z.boolean().default(false),
      })
      .prefault({}),
    daemon: daemonSettingsSchema.prefault({}),
  })
  .superRefine(checkForeign);

export type Definition = z.output<typeof definitionSchema>;

export type ParsedDefinition =
  | { kind: 'valid'; definition: Definition }
  | { kind: 'invalid'; problems: Problem[] };

/** Reads a definition file's text. Never throws: what is wrong with it is the answer. */
export function parseDefinition(source: string): ParsedDefinition {
  let json: unknown;
  try {
    json = JSON.parse(source);
  } catch (error) {
    return { kind: 'invalid', problems: [{ path: '', message: (error as SyntaxError).message }] };
  }
  return checkDefinition(json);
}

/** Checks a value as a definition and fills in the defaults. */
export function checkDefinition(value: unknown): ParsedDefinition {
  const result = definitionSchema.safeParse(value);
  if (result.success) return { kind: 'valid', definition: result.data };
  return { kind: 'invalid', problems: problemsOf(result.error.issues) };
}

/** The JSON schema of a definition file, for editors. */
export function definitionJsonSchema(): object {
  return z.toJSONSchema(definitionSchema, { io: 'input' });
}
