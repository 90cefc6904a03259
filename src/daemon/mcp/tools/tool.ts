import type { StandardSchemaWithJSON, ToolAnnotations } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { MemorydError } from '../../../errors.ts';
import type { Store } from '../../store/index.ts';
import { explain } from '../input/explain.ts';
import { type PlainSchema, plainSchema } from '../input/json-schema.ts';
import { lenient } from '../input/lenient.ts';

/** What tools work with. */
export interface ToolContext {
  store: Store;
  /** Milliseconds since 1970. */
  now(): number;
  /** The thread of the client's session. Undefined for a client without sessions. */
  sessionThread(project: string | undefined): string | undefined;
}

/** A tool: its description for clients and its function. `run` throws when there is no result. */
export interface Tool {
  name: string;
  title: string;
  description: string;
  input: StandardSchemaWithJSON;
  output: StandardSchemaWithJSON;
  annotations: ToolAnnotations;
  run(context: ToolContext, input: never): object | Promise<object>;
}

interface ToolDefinition<I extends z.ZodObject, O extends z.ZodObject> extends Pick<Tool, 'name' | 'title'> {
  description: string;
  input: I;
  output: O;
  annotations: ToolAnnotations;
  /** Optional texts that `null` and an empty text remove. */
  removable?: readonly string[];
  run(context: ToolContext, input: z.output<I>): z.input<O> | Promise<z.input<O>>;
}

/** Makes the value of a function once, on first use. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function schemaOf(json: () => PlainSchema, validate: (input: unknown) => unknown): StandardSchemaWithJSON {
  const given = () => json() as Record<string, unknown>;
  return {
    '~standard': {
      version: 1,
      vendor: 'memoryd',
      validate: validate as StandardSchemaWithJSON['~standard']['validate'],
      jsonSchema: { input: given, output: given },
    },
  };
}

/**
 * Makes a tool. Its input is read leniently, and a refused value is answered with what is valid. The types check that
 * `run` accepts what the input schema gives and returns what the output schema says.
 */
export function defineTool<I extends z.ZodObject, O extends z.ZodObject>(
  definition: ToolDefinition<I, O>,
): Tool {
  const { input, output, removable = [], ...rest } = definition;
  const inputJson = once(() => plainSchema(input, 'input'));
  function validate(given: unknown) {
    const value = lenient(inputJson(), given, removable);
    const parsed = input.safeParse(value);
    if (parsed.success) return { value: parsed.data };
    const issues = parsed.error.issues.map((issue) => ({
      path: issue.path,
      message: explain(inputJson(), value, issue),
    }));
    return { issues };
  }
  return {
    ...rest,
    input: schemaOf(inputJson, validate),
    // What our own code returns is checked by its type.
    output: schemaOf(
      once(() => plainSchema(output, 'output')),
      (value) => ({ value }),
    ),
  };
}

/** An object in the output of a tool. Clients see only that it is one, to keep the list of tools short. */
export function object<T extends object>() {
  return z.custom<T>().meta({ type: 'object' });
}

/** A list of such objects. */
export function listOf<T extends object>() {
  return z.custom<T[]>().meta({ type: 'array', items: { type: 'object' } });
}

/** The annotations of a tool that changes nothing. */
export const readOnly: ToolAnnotations = { readOnlyHint: true, openWorldHint: false };

/** Gives the error for an unknown id. */
export function noSuchMemory(id: string): MemorydError {
  return new MemorydError('failed', `no memory has the id ${id}; search_memories and list_memories give ids`);
}

/** Gives the error for a cursor that no page gave. */
export function noSuchPage(): MemorydError {
  return new MemorydError('failed', 'unknown cursor: use the nextCursor of an earlier page');
}
