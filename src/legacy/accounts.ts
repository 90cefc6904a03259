import { dirname, join } from 'node:path';
import type { Files } from '../system/files.ts';
import type { System } from '../system/system.ts';

/** The accounts of this machine that can be listed without asking a directory service. */
export interface Accounts {
  homes: Map<string, string>;
  names: Map<number, string>;
  /** Accounts that people log in with, as opposed to system accounts. */
  people: Set<string>;
}

/** The homes of SYSTEM. 64-bit programs see the first, 32-bit programs the second, so both are searched. */
export const systemProfiles = (windows: string): string[] =>
  ['System32', 'SysWOW64'].map((directory) => join(windows, directory, 'config', 'systemprofile'));

const nobody = 65_534;

/** The lowest uid of a person's account. login.defs(5), UID_MIN; on macOS people start at 501. */
const firstPerson = (platform: NodeJS.Platform): number => (platform === 'darwin' ? 501 : 1000);

/** The accounts that have a profile directory beside this user's. */
async function windowsPeople(files: Files, home: string): Promise<Set<string>> {
  const profiles = dirname(home);
  return new Set((await files.inspect(profiles)).kind === 'directory' ? await files.list(profiles) : []);
}

/**
 * Reads the accounts of this machine: passwd(5), and the fixed homes of root on macOS and of SYSTEM on Windows.
 * Gives homes by account name, names by uid, and the accounts of people. Changes nothing.
 */
export async function probeAccounts({ platform, files, user, env }: System): Promise<Accounts> {
  const homes = new Map([[user.name, user.home]]);
  const names = new Map([[user.uid, user.name]]);
  const people = new Set<string>();
  if (platform === 'win32') {
    homes.set('SYSTEM', systemProfiles(env.SystemRoot ?? 'C:\\Windows')[0] as string);
    return { homes, names, people: await windowsPeople(files, user.home) };
  }
  const read = await files.read('/etc/passwd');
  for (const line of read.kind === 'content' ? read.text.split('\n') : []) {
    const [name = '', , uid, , , home = ''] = line.split(':');
    if (!/^\d+$/.test(uid ?? '') || home === '') continue;
    if (!homes.has(name)) homes.set(name, home);
    if (!names.has(Number(uid))) names.set(Number(uid), name);
    if (Number(uid) >= firstPerson(platform) && Number(uid) < nobody) people.add(name);
  }
  if (platform === 'darwin') homes.set('root', '/var/root');
  return { homes, names, people };
}
