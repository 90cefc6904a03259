/** What an agent reads when it connects: when to search and when to store. */
export const instructions = [
  'A memory that outlives this conversation and is shared by all agents of this user.',
  'Search it (search_memories) before you start on a task, when the user refers to something earlier, and before you',
  'ask the user something they may have answered before. At the start of work on a project, recent gives its latest.',
  'Store (store_memory) what will matter later: decisions with their reasons, preferences, corrections by the user,',
  'facts that took effort to find, how a problem was solved. One fact a memory, self-contained, with the project it',
  'belongs to. Do not store secrets, or what the code and its history already say.',
  'Update a memory that is no longer right instead of storing a second one; delete what the user wants forgotten.',
].join(' ');
