import * as z from 'zod';
import {
  commandTemplate,
  exitCodesSchema,
  plainText,
  probeSchema,
  restartSchema,
  stopSchema,
  template,
  transports,
  urlPath,
  variableName,
  watchSchema,
} from '../service/external-settings.ts';
import { namePattern, nameRule } from '../service/name.ts';
import { namesIn, placeholders } from '../service/placeholder.ts';
import { check, jsonProblem, type Problem } from '../service/problem.ts';
import { wholeNumber } from '../service/range.ts';
import { contained, placeSchema, portSchema } from './place-schema.ts';

/** Older ways in which it was run, by their exact names. `migrate` looks for them. */
const legacySchema = z.strictObject({
  kind: z.enum([
    'pm2-app',
    'windows-service',
    'systemd-system-unit',
    'systemd-user-unit',
    'launch-agent',
    'launch-daemon',
    'scheduled-task',
    'container',
    'pid-file',
    'data-directory',
  ]),
  name: plainText.min(1).max(300),
});

const placeName = z
  .string()
  .regex(
    /^[a-z][A-Za-z]{0,30}$/,
    'must be a placeholder name: letters and digits, a lower-case letter first',
  );

function commandSchema(known: readonly string[]) {
  return z.strictObject({
    argv: commandTemplate(known),
    /** The command downloads what it runs, so finding its program does not mean that the daemon is installed. */
    downloads: z.boolean().default(false),
  });
}

function dataSchema(known: readonly string[]) {
  return z.strictObject({
    /** The value of `{dataDir}` unless the definition sets one; absent: a directory of the service. */
    directory: contained(['home']).optional(),
    /** All directories with its data, for backups and for people. */
    directories: z.array(contained(known)).default([]),
  });
}

function adapterSchema(places: readonly string[]) {
  const known = [...placeholders, ...places];
  return z.strictObject({
    $schema: z.string().optional(),
    schema: z.literal(1),
    name: z.string().regex(namePattern, nameRule),
    title: plainText.min(1).max(200),
    documentation: z.url({ protocol: /^https$/, error: 'must be an https URL' }),
    /** The version of the daemon that this file was compared with. */
    checkedAgainst: plainText.min(1).max(100).optional(),
    places: z.record(placeName, placeSchema(['home', ...places])).default({}),
    /** Tried in order at every start: the first command whose program and places exist is run. */
    commands: z.array(commandSchema(known)).min(1),
    environment: z.record(variableName, template(known)).default({}),
    workingDirectory: contained(known).optional(),
    transport: z.enum(transports).default('http'),
    /** Where MCP clients find it; null when it does not speak MCP. */
    mcpPath: urlPath.nullable().default('/mcp'),
    /** For `stdio`: it mixes up overlapping requests, so it gets one at a time. */
    oneAtATime: z.boolean().default(false),
    port: portSchema(['home']).default({ kind: 'told' }),
    /** Where it listens: `loopback`, by itself or through a flag that we pass, or `all` if that cannot be changed. */
    binds: z.enum(['loopback', 'all']).default('loopback'),
    /** Absent for `stdio`, which is probed with ping. */
    probe: probeSchema(known).optional(),
    useful: probeSchema(known).optional(),
    watch: watchSchema.optional(),
    stop: stopSchema.optional(),
    exitCodes: exitCodesSchema.default({}),
    restart: restartSchema.optional(),
    startTimeoutSecs: wholeNumber(1, 3600).optional(),
    /** A download or warm-up that is run once at install, before anything is changed. */
    prepare: commandTemplate(known).optional(),
    data: dataSchema(known).prefault({}),
    legacies: z.array(legacySchema).default([]),
    /** The names of secrets it usually needs. */
    usualSecrets: z.array(variableName).default([]),
    /** Notes for users, one sentence each. */
    notes: z.array(plainText.max(300)).default([]),
  });
}

/** A known external daemon, described as data. */
export type Adapter = z.output<ReturnType<typeof adapterSchema>>;

export type ParsedAdapter = { kind: 'valid'; adapter: Adapter } | { kind: 'invalid'; problems: Problem[] };

function placeNames(json: unknown): string[] {
  const { places } = (json ?? {}) as { places?: unknown };
  return typeof places === 'object' && places !== null ? Object.keys(places) : [];
}

/** Reads an adapter file's text; `name` is its file name without `.json`. Never throws: an invalid text gives its problems. */
export function parseAdapter(source: string, name: string): ParsedAdapter {
  let json: unknown;
  try {
    json = JSON.parse(source);
  } catch (error) {
    return { kind: 'invalid', problems: [jsonProblem(error)] };
  }
  const checked = check(adapterSchema(placeNames(json)), json);
  if (checked.kind === 'invalid') return checked;
  const problems = cross(checked.value, name);
  return problems.length > 0 ? { kind: 'invalid', problems } : { kind: 'valid', adapter: checked.value };
}

/** Rules that concern more than one field. */
function cross(adapter: Adapter, name: string): Problem[] {
  const problems: Problem[] = [];
  if (adapter.name !== name)
    problems.push({ path: 'name', message: `must be ${name}, as the file is called ${name}.json` });
  if (adapter.transport === 'http' && adapter.probe === undefined) {
    problems.push({ path: 'probe', message: 'is needed for transport http' });
  }
  const described = ['home'];
  for (const [place, { paths }] of Object.entries(adapter.places)) {
    if ((placeholders as readonly string[]).includes(place)) {
      problems.push({
        path: `places.${place}`,
        message: `{${place}} is a placeholder of memoryd: choose another name`,
      });
    }
    for (const [index, path] of paths.entries()) {
      const later = namesIn(path).find((one) => !described.includes(one));
      if (later === undefined) continue;
      problems.push({
        path: `places.${place}.paths.${index}`,
        message: `{${later}} must be described before {${place}}`,
      });
    }
    described.push(place);
  }
  return problems;
}

/** The JSON schema of an adapter file, for editors. Placeholders of its own places are not in it. */
export function adapterJsonSchema(): object {
  return z.toJSONSchema(adapterSchema([]), { io: 'input' });
}
