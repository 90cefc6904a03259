import type { DatabaseSync } from 'node:sqlite';
import type { ImportedMemory } from '../../store/index.ts';
import { digestOf, type ParsedSource } from '../source.ts';
import { listIn, type Row, rowsOf, textIn, timeIn } from './rows.ts';

/** Project and time of a row. Projects that claude-mem merged keep their old name in `project`. */
function common(row: Row): Pick<ImportedMemory, 'project' | 'createdAt'> {
  return {
    project: textIn(row, 'merged_into_project') ?? textIn(row, 'project') ?? null,
    createdAt: timeIn(row, 'created_at_epoch', 1),
  };
}

/** The item that a row is, in any copy of the database: row ids begin at 1 on every machine. */
function originOf(kind: string, row: Row, parts: unknown[]): Pick<ImportedMemory, 'origin' | 'originDigest'> {
  const session = row.memory_session_id ?? row.content_session_id;
  return { origin: `claude-mem:${kind}:${digestOf(session, row.id)}`, originDigest: digestOf(parts) };
}

const line = (label: string, text: string | undefined): string[] =>
  text === undefined ? [] : [`${label}: ${text}`];

function observation(row: Row): ImportedMemory | undefined {
  const title = textIn(row, 'title') ?? null;
  const files = [...new Set([...listIn(row, 'files_read'), ...listIn(row, 'files_modified')])];
  const lines = [
    ...['subtitle', 'text', 'narrative'].flatMap((column) => textIn(row, column) ?? []),
    ...listIn(row, 'facts').map((fact) => `- ${fact}`),
    ...line('Files', files.length === 0 ? undefined : files.join(', ')),
  ];
  const tags = [textIn(row, 'type') ?? 'observation', ...listIn(row, 'concepts')];
  const content = lines.join('\n') || title;
  if (content === null) return undefined;
  return { title, content, tags, ...common(row), ...originOf('observation', row, [title, content, tags]) };
}

function summary(row: Row): ImportedMemory | undefined {
  const title = textIn(row, 'request') ?? null;
  const files = [...new Set([...listIn(row, 'files_read'), ...listIn(row, 'files_edited')])];
  const lines = [
    ...line('Investigated', textIn(row, 'investigated')),
    ...line('Learned', textIn(row, 'learned')),
    ...line('Completed', textIn(row, 'completed')),
    ...line('Next steps', textIn(row, 'next_steps')),
    ...line('Notes', textIn(row, 'notes')),
    ...line('Files', files.length === 0 ? undefined : files.join(', ')),
  ];
  const content = lines.join('\n') || title;
  if (content === null) return undefined;
  const tags = ['session-summary'];
  return { title, content, tags, ...common(row), ...originOf('summary', row, [title, content]) };
}

function prompt(projects: ReadonlyMap<unknown, string>, row: Row): ImportedMemory | undefined {
  const content = textIn(row, 'prompt_text');
  if (content === undefined) return undefined;
  const project = projects.get(row.content_session_id) ?? null;
  return {
    title: null,
    content,
    tags: ['prompt'],
    ...common(row),
    project,
    ...originOf('prompt', row, [content, project]),
  };
}

const filesAndTime = ['files_read', 'files_modified', 'files_edited', 'merged_into_project'];

/**
 * Reads claude-mem's database: its observations, session summaries and prompts. Columns checked with version 52 of its
 * schema (13.25.3). Throws `failed` for a schema that is not known.
 */
export function parseClaudeMem(db: DatabaseSync): ParsedSource {
  const parsed: ParsedSource = { memories: [], skipped: [] };
  const take = (table: string, rows: Iterable<Row>, memoryOf: (row: Row) => ImportedMemory | undefined) => {
    for (const row of rows) {
      const memory = memoryOf(row);
      if (memory === undefined) parsed.skipped.push({ where: `${table} ${row.id}`, why: 'no text' });
      else parsed.memories.push(memory);
    }
  };
  const ids = ['id', 'memory_session_id', 'project', 'created_at_epoch'];
  const observations = rowsOf(db, {
    table: 'observations',
    required: [...ids, 'type'],
    optional: ['title', 'subtitle', 'text', 'narrative', 'facts', 'concepts', ...filesAndTime],
  });
  take('observations', observations, observation);
  const summaries = rowsOf(db, {
    table: 'session_summaries',
    required: [...ids, 'request'],
    optional: ['investigated', 'learned', 'completed', 'next_steps', 'notes', ...filesAndTime],
  });
  take('session_summaries', summaries, summary);
  const sessions = rowsOf(db, {
    table: 'sdk_sessions',
    required: ['content_session_id', 'project'],
    optional: [],
  });
  const projects = new Map([...sessions].map((row) => [row.content_session_id, String(row.project)]));
  const prompts = rowsOf(db, {
    table: 'user_prompts',
    required: ['id', 'content_session_id', 'prompt_text', 'created_at_epoch'],
    optional: [],
  });
  take('user_prompts', prompts, (row) => prompt(projects, row));
  return parsed;
}
