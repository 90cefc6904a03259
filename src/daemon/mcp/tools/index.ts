import { deleteMemories } from './delete-memories.ts';
import { deleteMemory } from './delete-memory.ts';
import { getMemory } from './get-memory.ts';
import { listMemories } from './list-memories.ts';
import { listProjects } from './list-projects.ts';
import { listTags } from './list-tags.ts';
import { recent } from './recent.ts';
import { searchMemories } from './search-memories.ts';
import { stats } from './stats.ts';
import { storeMemory } from './store-memory.ts';
import type { Tool } from './tool.ts';
import { updateMemory } from './update-memory.ts';

/** Every tool, in the order clients see them. */
export const tools: readonly Tool[] = [
  storeMemory,
  searchMemories,
  getMemory,
  recent,
  listMemories,
  updateMemory,
  deleteMemory,
  deleteMemories,
  listTags,
  listProjects,
  stats,
];
