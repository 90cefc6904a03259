import { completable } from '@modelcontextprotocol/server';
import * as z from 'zod';
import type { MemoryFilter, Store } from '../store/index.ts';
import { completeProject } from './completions.ts';
import { recentMemories } from './recent-memories.ts';
import type { Registration } from './resources.ts';

/** How many of the newest memories, and of those about the topic, `load_context` gives. */
const loaded = 20;

interface Line {
  title: string | null;
  snippet: string;
  createdAt: string;
  id: string;
}

function lineOf({ title, snippet, createdAt, id }: Line): string {
  return `- ${createdAt.slice(0, 10)} ${title === null ? '' : `${title}: `}${snippet} (id ${id})`;
}

function message(text: string) {
  return { messages: [{ role: 'user' as const, content: { type: 'text' as const, text } }] };
}

function contextOf(store: Store, project: string | undefined, topic: string | undefined): string {
  const filter: MemoryFilter = { project };
  const about = topic === undefined ? [] : store.search(topic, { filter, limit: loaded });
  const known = new Set(about.map(({ id }) => id));
  const newest = recentMemories(store, filter, loaded).filter(({ id }) => !known.has(id));
  if (about.length + newest.length === 0) return 'The memory has nothing about this yet.';
  return [
    `This is from the memory${project === undefined ? '' : ` of ${project}`}. Take it into account; use get_memory for what was shortened.`,
    ...(about.length === 0 ? [] : [`About ${topic}:`, ...about.map(lineOf)]),
    ...(newest.length === 0 ? [] : ['Newest:', ...newest.map(lineOf)]),
  ].join('\n');
}

const storeInstructions = [
  'Go through this conversation and store what will matter later, with store_memory and its memories field:',
  'decisions with their reasons, preferences and corrections of mine, facts that took effort to find, how problems',
  'were solved, and what is still open. One fact a memory, self-contained, oldest first, no secrets.',
  'Search first, and update a memory that is no longer right instead of storing a second one.',
  'At the end tell me in a few lines what you stored.',
].join(' ');

/** Gives the prompts: `load_context` at the start of a conversation, `remember_session` at its end. */
export function promptsOf(store: Store): Registration[] {
  const name = z.string().max(200).describe('The project, such as a repository name');
  const project = completable(name, (value) => completeProject(store, value ?? '')).optional();
  const topic = z.string().max(10_000).optional().describe('What you are about to work on');
  const load = {
    title: 'Load context',
    description: 'Brings what the memory knows about a project, or about a topic in it',
    argsSchema: z.object({ project, topic }),
  };
  const remember = {
    title: 'Remember this session',
    description: 'Stores what of this conversation will matter later',
    argsSchema: z.object({ project }),
  };
  return [
    (server) =>
      void server.registerPrompt('load_context', load, (given) =>
        message(contextOf(store, given.project || undefined, given.topic || undefined)),
      ),
    (server) =>
      void server.registerPrompt('remember_session', remember, (given) =>
        message(
          given.project
            ? `${storeInstructions} The project is ${given.project}.`
            : `${storeInstructions} Give each the project it belongs to, if any.`,
        ),
      ),
  ];
}
