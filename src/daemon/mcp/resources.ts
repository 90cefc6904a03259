import {
  type McpServer,
  type ReadResourceTemplateCallback,
  ResourceNotFoundError,
  ResourceTemplate,
} from '@modelcontextprotocol/server';
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

/** Registers something at a server. What it needs is made once, because there is a server for each session. */
export type Registration = (server: McpServer) => void;

function fixedResources(store: Store): Registration[] {
  const fixed: [name: string, title: string, description: string, read: () => object][] = [
    ['recent', 'Recent memories', 'The newest memories, in short', () => recentMemories(store, {}, most)],
    ['stats', 'Statistics', 'Numbers about the memory', () => store.stats()],
    ['projects', 'Projects', 'All projects, the one used last first', () => store.projects(500)],
    ['tags', 'Tags', 'All tags, the most frequent first', () => store.tags({}, 500)],
  ];
  return fixed.map(([name, title, description, read]) => {
    const config = { title, description, mimeType };
    const callback = (uri: URL) => contents(uri, read());
    return (server) => void server.registerResource(name, `memory://${name}`, config, callback);
  });
}

function memoryResource(store: Store): Registration {
  const template = new ResourceTemplate('memory://memories/{id}', { list: undefined });
  const config = { title: 'A memory', description: 'One whole memory, by its id', mimeType };
  const read: ReadResourceTemplateCallback = (uri, { id }) => {
    const memory = store.get(decoded(id, uri));
    if (memory === undefined) throw new ResourceNotFoundError(uri.href);
    return contents(uri, memory);
  };
  return (server) => void server.registerResource('memory', template, config, read);
}

function projectResource(store: Store): Registration {
  const template = new ResourceTemplate('memory://projects/{project}', {
    list: () => ({
      resources: store
        .projects(listedProjects)
        .map(({ project }) => ({ uri: projectUri(project), name: project, title: project })),
    }),
    complete: { project: (value) => completeProject(store, value) },
  });
  const config = { description: 'The newest memories of a project, in short', mimeType };
  const read: ReadResourceTemplateCallback = (uri, { project }) =>
    contents(uri, recentMemories(store, { project: decoded(project, uri), projectOnly: true }, most));
  return (server) => void server.registerResource('project', template, config, read);
}

function tagResource(store: Store): Registration {
  const template = new ResourceTemplate('memory://tags/{tag}', {
    list: undefined,
    complete: { tag: (value) => completeTag(store, value) },
  });
  const config = { title: 'A tag', description: 'The newest memories with a tag, in short', mimeType };
  const read: ReadResourceTemplateCallback = (uri, { tag }) =>
    contents(uri, recentMemories(store, { tags: [decoded(tag, uri)] }, most));
  return (server) => void server.registerResource('tag', template, config, read);
}

/** Gives the resources: `memory://recent` and others, and templates for a memory, a project and a tag. */
export function resourcesOf(store: Store): Registration[] {
  return [...fixedResources(store), memoryResource(store), projectResource(store), tagResource(store)];
}
