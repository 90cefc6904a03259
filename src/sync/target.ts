import { join } from 'node:path';
import { MemorydError } from '../errors.ts';
import { projectIdProblem } from '../service/sync-protocol.ts';

/**
 * The base URL of a server, without a slash at the end. Throws a usage error for anything but http and https,
 * and for a password in the URL: argv is readable by every user of the machine.
 */
export function parseServer(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new MemorydError('usage', `--server: must be an http or https URL: ${text}`, {
      hint: 'memoryd sync status --server http://127.0.0.1:3847 --project notes',
    });
  }
  if (url.username !== '' || url.password !== '') {
    throw new MemorydError('usage', '--server: must not contain a key: use --key-file or MEMORYD_SYNC_KEY', {
      hint: 'read -rs MEMORYD_SYNC_KEY && export MEMORYD_SYNC_KEY',
    });
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** Checks a project id. Throws `usage` if servers would refuse it. */
export function parseProject(text: string): string {
  const problem = text.isWellFormed() ? projectIdProblem(text) : 'project id is not well-formed Unicode';
  if (problem !== undefined) throw new MemorydError('usage', `--project: ${problem}`);
  return text;
}

/**
 * The folder in which claude-mneme keeps the memory of a project with an id of its own making. Throws `usage` for
 * other ids.
 */
export function defaultFolder(home: string, project: string): string {
  if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(project)) {
    throw new MemorydError('usage', `--dir is needed: project ${project} has no usual folder`, {
      hint: 'memoryd sync pull --help',
    });
  }
  return join(home, '.claude-mneme', 'projects', project);
}
