import { type McpServer, ResourceNotFoundError, ResourceTemplate } from '@modelcontextprotocol/server';
import type { Store } from '../store/index.ts';
import { completeProject, completeTag } from './completions.ts';
import { recentMemories } from './recent-memories.ts';

/** How many memories a resource holds at most. */
const most = 50;
/** How many projects the list of resources names. */
const listedProjects = 50;

const mimeType = 'application/json';

function contents(uri: URL, value: object) {
  return { contents: [{ uri: uri.href, mimeType, text: JSON.stringify(value) }] };
}

function projectUri(project: string): string {
  return `memory://projects/${encodeURIComponent(project)}`;
}

function decoded(value: string | string[] | undefined, uri: URL): string {
  try {
    return decodeURIComponent(String(value));
  } catch {
    throw new ResourceNotFoundError(uri.href);
  }
}

function registerFixed(server: McpServer, store: Store): void {
  const fixed: [name: string, title: string, description: string, read: () => object][] = [
    ['recent', 'Recent memories', 'The newest memories, in short', () => recentMemories(store, {}, most)],
    ['stats', 'Statistics', 'Numbers about the memory', () => store.stats()],
    ['projects', 'Projects', 'All projects, the one used last first', () => store.projects(500)],
    ['tags', 'Tags', 'All tags, the most frequent first', () => store.tags({}, 500)],
  ];
  for (const [name, title, description, read] of fixed) {
    server.registerResource(name, `memory://${name}`, { title, description, mimeType }, (uri) =>
      contents(uri, read()),
    );
  }
}

/** Registers the resources: `memory://recent` and others, and templates for a memory, a project and a tag. */
export function registerResources(server: McpServer, store: Store): void {
  registerFixed(server, store);
  server.registerResource(
    'memory',
    new ResourceTemplate('memory://memories/{id}', { list: undefined }),
    { title: 'A memory', description: 'One whole memory, by its id', mimeType },
    (uri, { id }) => {
      const memory = store.get(decoded(id, uri));
      if (memory === undefined) throw new ResourceNotFoundError(uri.href);
      return contents(uri, memory);
    },
  );
  server.registerResource(
    'project',
    new ResourceTemplate('memory://projects/{project}', {
      list: () => ({
        resources: store
          .projects(listedProjects)
          .map(({ project }) => ({ uri: projectUri(project), name: project, title: project })),
      }),
      complete: { project: (value) => completeProject(store, value) },
    }),
    { description: 'The newest memories of a project, in short', mimeType },
    (uri, { project }) =>
      contents(uri, recentMemories(store, { project: decoded(project, uri), projectOnly: true }, most)),
  );
  server.registerResource(
    'tag',
    new ResourceTemplate('memory://tags/{tag}', {
      list: undefined,
      complete: { tag: (value) => completeTag(store, value) },
    }),
    { title: 'A tag', description: 'The newest memories with a tag, in short', mimeType },
    (uri, { tag }) => contents(uri, recentMemories(store, { tags: [decoded(tag, uri)] }, most)),
  );
}
