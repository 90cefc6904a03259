import { parse } from 'yaml';
import type { ImportedMemory } from '../../store/index.ts';
import { digestOf, isRecord, isText, textsOf, timeOf } from '../source.ts';

/** A Markdown file of a folder. `path` is below the folder, with slashes. */
export interface NoteFile {
  path: string;
  text: string;
  /** When the file was changed, in milliseconds since 1970, where that is known. */
  changedAt?: number | undefined;
}

/** The front matter of a note, and its text. Front matter that is not YAML stays in the text. */
function partsOf(text: string): { matter: Record<string, unknown>; body: string } {
  const [whole, yaml] = /^---\r?\n(.*?)(?:\r?\n)?---[ \t]*(?:\r?\n|$)/s.exec(text) ?? [];
  if (whole === undefined || yaml === undefined) return { matter: {}, body: text };
  try {
    const matter: unknown = parse(yaml);
    return isRecord(matter) ? { matter, body: text.slice(whole.length) } : { matter: {}, body: text };
  } catch {
    return { matter: {}, body: text };
  }
}

const timeFrom = (value: unknown): number | undefined =>
  value instanceof Date ? value.getTime() : timeOf(value);

/** memory-mcp keeps the memories of a project in `projects/<project>/<name>.md`; a name may have slashes too. */
function projectOf(path: string, name: string): string | null {
  const project = /^projects\/(.+)$/.exec(path.slice(0, -`/${name}.md`.length))?.[1];
  return path.endsWith(`/${name}.md`) && project !== undefined ? project : null;
}

/** A note as a memory: of basic-memory, of memory-mcp, or any Markdown file (pure). `undefined` if it has no text. */
export function memoryOfNote({ path, text, changedAt }: NoteFile): ImportedMemory | undefined {
  const { matter, body } = partsOf(text);
  const content = body.trim();
  const stem = path.replace(/^.*\//, '').replace(/\.(?:md|markdown)$/i, '');
  const heading = /^# +(.+?) *$/m.exec(content)?.[1];
  const title = [matter.title, matter.name, heading].find(isText) ?? stem;
  if (content === '') return undefined;
  const { tags: said, type } = matter;
  const tags = isText(said) ? said.split(',').map((tag) => tag.trim()) : textsOf(said);
  const project = isText(matter.scope) && isText(matter.name) ? projectOf(path, matter.name) : null;
  const kind = isText(type) && type !== 'note' ? [type] : [];
  const identity = [matter.id, matter.permalink].find(isText) ?? path;
  return {
    title,
    content,
    tags: [...tags, ...kind],
    project,
    createdAt: timeFrom(matter.created_at ?? matter.created) ?? changedAt,
    updatedAt: timeFrom(matter.updated_at ?? matter.modified ?? matter.updated) ?? changedAt,
    origin: `markdown:${identity}`,
    originDigest: digestOf(title, content, tags, kind, project),
  };
}
