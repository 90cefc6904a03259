import * as z from 'zod';
import { variablePattern } from './name.ts';
import { namesIn, placeholders } from './placeholder.ts';
import { numberWithin, wholeNumber } from './range.ts';

/** The settings of external daemons in a definition. Adapters give the same settings as defaults. */

export const variableName = z
  .string()
  .regex(variablePattern, 'must be a variable name: letters, digits and _, no digit first');
export const plainText = z
  .string()
  .refine((value) => !value.includes('\0'), 'must not contain a NUL character');

/** A path at the address of the daemon. It cannot lead to another host. */
export const urlPath = z
  .string()
  .max(500)
  .regex(/^\/(?!\/)[\x21-\x7e]*$/, 'must begin with a single / and be printable ASCII');

/** Text with placeholders, of which only `known` exist. */
export function template(known: readonly string[] = placeholders) {
  return plainText.superRefine((value, context) => {
    for (const message of unknownNames(value, known)) context.addIssue({ code: 'custom', message });
  });
}

/** A message for every placeholder in `value` that is not `known`. */
export function unknownNames(value: string, known: readonly string[]): string[] {
  const all = known.map((name) => `{${name}}`).join(' ');
  return namesIn(value)
    .filter((name) => !known.includes(name))
    .map((name) => `unknown placeholder {${name}} (known: ${all}; write {{${name}}} for the text itself)`);
}

/** An argv with placeholders. The name of the program is not empty. */
export function commandTemplate(known: readonly string[] = placeholders) {
  return z
    .array(template(known))
    .min(1)
    .refine(([program]) => program === undefined || /^(?:[^\\/]+$|[\\/{]|[A-Za-z]:[\\/])/.test(program), {
      path: [0],
      message: 'must be the name of a program or an absolute path',
    });
}

/** How to check that a daemon serves. `json` compares single values by dotted path. */
export function probeSchema(known: readonly string[] = placeholders) {
  return z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('http'),
      path: urlPath.default('/'),
      status: z.array(wholeNumber(100, 599)).min(1).default([200]),
      json: z.record(z.string().min(1), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
    }),
    /** An MCP `initialize` over Streamable HTTP. The session that it opens is deleted again. */
    z.strictObject({ kind: z.literal('mcp'), path: urlPath.default('/mcp') }),
    z.strictObject({ kind: z.literal('tcp') }),
    /** Exit code 0 means ready. */
    z.strictObject({ kind: z.literal('command'), argv: commandTemplate(known) }),
  ]);
}

export type ProbeSettings = z.output<ReturnType<typeof probeSchema>>;

/** How the daemon is asked to stop, before what is left of its process tree is killed. */
export const stopSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('signal'),
    signal: z.enum(['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP']).default('SIGTERM'),
    graceSecs: wholeNumber(0, 3600).optional(),
  }),
  z.strictObject({
    kind: z.literal('http'),
    method: z.enum(['POST', 'DELETE', 'GET']).default('POST'),
    path: urlPath,
    graceSecs: wholeNumber(0, 3600).optional(),
  }),
  z.strictObject({ kind: z.literal('stdin'), graceSecs: wholeNumber(0, 3600).optional() }),
]);

export type StopSettings = z.output<typeof stopSchema>;

/**
 * - restart: the daemon should not have ended
 * - yield: another process of the same daemon serves: stand by until it is gone
 * - refuse: the daemon cannot run with its settings, and retrying is useless
 */
export const exitMeanings = ['restart', 'yield', 'refuse'] as const;
export type ExitMeaning = (typeof exitMeanings)[number];

export const exitCodesSchema = z.record(
  z.string().regex(/^(?:\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])$/, 'must be an exit code from 0 to 255'),
  z.enum(exitMeanings),
);

export const watchSchema = z
  .strictObject({
    /** From the deadline of one probe to the next probe. */
    intervalSecs: numberWithin(0.1, 3600).default(10),
    /** Default: 5, or the interval if that is shorter. */
    timeoutSecs: numberWithin(0.1, 600).optional(),
    /** This many failures in a row restart the daemon; 0 switches that off. */
    threshold: wholeNumber(0, 1000).default(3),
  })
  .refine(({ intervalSecs, timeoutSecs = 0 }) => timeoutSecs <= intervalSecs, {
    path: ['timeoutSecs'],
    message: 'must not be longer than intervalSecs',
  });

/** With all defaults filled in. */
export type WatchSettings = z.output<typeof watchSchema> & { timeoutSecs: number };

export const restartSchema = z.strictObject({
  /** The longest delay between two starts. The first delay is 0.1 s. */
  maxDelaySecs: numberWithin(0.1, 3600).default(30),
  /** A run of this length counts as stable and resets the delays. */
  stableSecs: wholeNumber(1, 86_400).default(30),
  /** This many ends within the window are a crash loop, and the daemon stays down. */
  exits: wholeNumber(1, 1000).default(6),
  windowSecs: wholeNumber(1, 86_400).default(60),
});

export type RestartSettings = z.output<typeof restartSchema>;

/** `stdio`: an MCP server that speaks on its standard streams. The host serves it over HTTP. */
export const transports = ['http', 'stdio'] as const;
export type Transport = (typeof transports)[number];

/** Fields that only external daemons have. Missing fields come from the adapter, then from defaults. */
export const externalFields = {
  /** The argv of an external daemon. Without it and without an adapter, the bundled daemon runs. */
  command: commandTemplate().optional(),
  transport: z.enum(transports).optional(),
  /** Where MCP clients find it. */
  mcpPath: urlPath.optional(),
  /** Passes when the daemon can be used. A start waits for it, and it is repeated while the daemon runs. */
  probe: probeSchema().optional(),
  /** Passes when the daemon is functional. It is only shown, and never a reason to restart. */
  useful: probeSchema().optional(),
  watch: watchSchema.optional(),
  stop: stopSchema.optional(),
  exitCodes: exitCodesSchema.optional(),
  restart: restartSchema.optional(),
  /** The daemon is restarted when its processes use more memory than this together. */
  maxMemoryMb: wholeNumber(1, 1_048_576).optional(),
  /** Names of variables whose values are in the secrets file of the service. */
  secrets: z.array(variableName).max(100).optional(),
};

interface ExternalInput {
  adapter?: string | undefined;
  command?: string[] | undefined;
  environment: Record<string, string>;
}

/** Refuses fields that the bundled daemon does not have, and unknown placeholders in the environment. */
export function checkExternal(definition: ExternalInput, context: z.RefinementCtx): void {
  const problem = (path: (string | number)[], message: string) =>
    context.addIssue({ code: 'custom', path, message });
  if (definition.adapter === undefined && definition.command === undefined) {
    for (const field of Object.keys(externalFields)) {
      if ((definition as unknown as Record<string, unknown>)[field] !== undefined) {
        problem([field], 'needs a command or an adapter');
      }
    }
    return;
  }
  for (const [name, value] of Object.entries(definition.environment)) {
    for (const wrong of unknownNames(value, placeholders)) problem(['environment', name], wrong);
  }
}
