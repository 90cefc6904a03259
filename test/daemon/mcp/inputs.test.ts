import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import { parseTime } from '../../../src/daemon/mcp/input/time.ts';
import { tools } from '../../../src/daemon/mcp/tools/index.ts';

type Json = Record<string, unknown>;

function inputOf(name: string): StandardSchemaWithJSON['~standard'] {
  const tool = tools.find((one) => one.name === name);
  assert.ok(tool !== undefined, name);
  return tool.input['~standard'];
}

/** What a tool reads from what a model sends: the values, or the messages. */
async function read(name: string, sent: unknown): Promise<{ values?: Json; messages?: string[] }> {
  const result = await inputOf(name).validate(sent);
  if ('value' in result) return { values: result.value as Json };
  return { messages: (result.issues ?? []).map(({ path, message }) => `${path?.join('.')}: ${message}`) };
}

const listed = tools.map(({ name, title, description, input, output, annotations }) => ({
  ...{ name, title, description, annotations },
  inputSchema: input['~standard'].jsonSchema.input({ target: 'draft-2020-12' }),
  outputSchema: output['~standard'].jsonSchema.output({ target: 'draft-2020-12' }),
}));

/** The keywords of the Schema object of Gemini and Vertex, without `anyOf` and `nullable`; OpenAI and Claude take all. */
const known = new Set([
  ...['type', 'properties', 'required', 'items', 'description', 'default', 'enum'],
  ...['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems'],
]);

function problemsOf(schema: Json, path: string): string[] {
  const problems = Object.keys(schema)
    .filter((keyword) => !known.has(keyword))
    .map((keyword) => `${path}: ${keyword}`);
  const {
    type,
    properties,
    required = [],
    items,
  } = schema as { [key: string]: unknown; required?: string[] };
  if (!['object', 'array', 'string', 'number', 'integer', 'boolean'].includes(type as string)) {
    problems.push(`${path}: type ${JSON.stringify(type)}`);
  }
  const fields = Object.entries((properties ?? {}) as Record<string, Json>);
  // Gemini refuses an object without properties and a list without items.
  if (type === 'object' && fields.length === 0) problems.push(`${path}: no properties`);
  if (type === 'array' && items === undefined) problems.push(`${path}: no items`);
  for (const name of required) {
    if (!fields.some(([field]) => field === name)) problems.push(`${path}: requires ${name}`);
  }
  if (items !== undefined) problems.push(...problemsOf(items as Json, `${path}[]`));
  return [...problems, ...fields.flatMap(([name, field]) => problemsOf(field, `${path}.${name}`))];
}

for (const { name, description, inputSchema } of listed) {
  test(`every provider accepts the schema of ${name}`, () => {
    assert.deepEqual(problemsOf(inputSchema, name), []);
    assert.match(name, /^[a-z][a-z_]{0,63}$/);
    assert.ok(description.length <= 1_024);
  });
}

test('the list of tools stays small, because every conversation pays for it', () => {
  assert.ok(JSON.stringify({ tools: listed }).length <= 11_800);
});

const taken: [tool: string, sent: Json, values: Json][] = [
  ['search_memories', { query: 'x', limit: '5' }, { query: 'x', limit: 5 }],
  ['search_memories', { query: 'x', limit: null, project: null, tags: null }, { query: 'x', limit: 10 }],
  ['search_memories', { query: 'x', project: '', cursor: '' }, { query: 'x', limit: 10 }],
  ['search_memories', { query: 'x', tags: 'a, b,' }, { query: 'x', limit: 10, tags: ['a', 'b'] }],
  ['search_memories', { query: 'x', anyTags: '["a","b"]' }, { query: 'x', limit: 10, anyTags: ['a', 'b'] }],
  [
    'search_memories',
    { query: 'x', related: 'True', minScore: '0.5' },
    { query: 'x', limit: 10, related: true, minScore: 0.5 },
  ],
  [
    'search_memories',
    { query: 'x', createdAfter: '2026-11-30T07:00:00Z' },
    { query: 'x', limit: 10, createdAfter: Date.UTC(2026, 10, 30, 7) },
  ],
  [
    'store_memory',
    { memories: '[{"content":"a","tags":"x,y"}]' },
    { memories: [{ content: 'a', tags: ['x', 'y'] }] },
  ],
  [
    'store_memory',
    { memories: { content: 'a', importance: '0.9' } },
    { memories: [{ content: 'a', importance: 0.9 }] },
  ],
  ['store_memory', { content: 'a', title: '', expiresAt: null }, { content: 'a' }],
  ['update_memory', { id: 'i', title: null, project: '' }, { id: 'i', title: '', project: '' }],
  ['update_memory', { id: 'i', content: null, expiresAt: null }, { id: 'i', expiresAt: null }],
  ['stats', {}, { limit: 10 }],
];

for (const [tool, sent, values] of taken) {
  test(`${tool} takes ${JSON.stringify(sent)}`, async () => {
    assert.deepEqual(await read(tool, sent), { values });
  });
}

const refused: [tool: string, sent: Json, message: string][] = [
  [
    'search_memories',
    { query: 'x', limit: 'many' },
    'limit: must be a whole number from 1 to 100; got "many"',
  ],
  ['search_memories', { query: 'x', limit: 101 }, 'limit: must be a whole number from 1 to 100; got 101'],
  ['search_memories', {}, 'query: is missing; must be a text of 1 to 10000 characters'],
  ['search_memories', { query: '' }, 'query: must be a text of 1 to 10000 characters; got ""'],
  [
    'search_memories',
    { query: 'x', createdAfter: 'yesterday' },
    'createdAfter: must be an ISO 8601 date or time, such as 2026-11-30 or 2026-11-30T07:00:00Z; got "yesterday"',
  ],
  ['search_memories', { query: 'x', related: 'maybe' }, 'related: must be true or false; got "maybe"'],
  [
    'search_memories',
    { query: 'x', tags: 7 },
    'tags: must be a list of at most 50 items, each a text of 1 to 100 characters; got 7',
  ],
  ['search_memories', { query: 'x', halfLifeDays: 0 }, 'halfLifeDays: must be a number from 0.001 on; got 0'],
  ['store_memory', { content: 'x', importance: 5 }, 'importance: must be a number from 0 to 1; got 5'],
  [
    'store_memory',
    { memories: [{ title: 'x' }] },
    'memories.0.content: is missing; must be a text of 1 to 1000000 characters',
  ],
  ['get_memory', { ID: 'x' }, 'id: is missing; must be a text of 1 to 100 characters'],
  ['list_projects', { tag: 'x' }, ': unknown field tag; valid fields: limit'],
];

for (const [tool, sent, message] of refused) {
  test(`${tool} says what is valid for ${JSON.stringify(sent)}`, async () => {
    assert.equal((await read(tool, sent)).messages?.[0], message);
  });
}

const local = (...parts: [number, number, number, number?, number?, number?]) => new Date(...parts).getTime();
const times: [text: string, time: number | undefined][] = [
  ['2026-11-30', local(2026, 10, 30)],
  ['2026-11-30T07:00:00', local(2026, 10, 30, 7)],
  ['2026-11-30 07:05', local(2026, 10, 30, 7, 5)],
  ['2026-11-30T07:00:00.123456Z', Date.UTC(2026, 10, 30, 7, 0, 0, 123)],
  ['2026-11-30T07:00:00+02:00', Date.UTC(2026, 10, 30, 5)],
  ['2026-11-30t07:00:00 -0330', Date.UTC(2026, 10, 30, 10, 30)],
  ['2024-02-29', local(2024, 1, 29)],
  ['2026-02-29', undefined],
  ['2026-13-01', undefined],
  ['2026-11-30T25:00', undefined],
  ['30.11.2026', undefined],
  ['1764486000000', undefined],
  ['', undefined],
];

test('a time without a zone is in that of this machine', () => {
  for (const [text, time] of times) assert.equal(parseTime(text), time, text);
});
