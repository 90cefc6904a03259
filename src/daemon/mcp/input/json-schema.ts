import * as z from 'zod';

/** The part of JSON Schema that inputs use. Every provider accepts it; see decision 0041. */
export interface PlainSchema {
  type?: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean';
  properties?: Record<string, PlainSchema>;
  required?: string[];
  items?: PlainSchema;
  description?: string;
  default?: unknown;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
}

/**
 * Gives a schema in the form that clients see. What the validation says better is left out: that a text must not be
 * empty, and that other fields are refused.
 */
export function plainSchema(schema: z.ZodType, io: 'input' | 'output'): PlainSchema {
  const json = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override({ jsonSchema }) {
      delete jsonSchema.additionalProperties;
      if (jsonSchema.minLength === 1) delete jsonSchema.minLength;
    },
  });
  delete json.$schema;
  return json as PlainSchema;
}
