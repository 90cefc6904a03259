import type { System } from '../../system/system.ts';

/** Accounts of this machine, as far as it tells without asking a directory service. */
export interface Accounts {
  homes: Map<string, string>;
  names: Map<number, string>;
}

/** SYSTEM's home as 64-bit programs see it; 32-bit ones have another, which is looked into as well. */
export const systemProfiles = (windows: string): string[] =>
  ['System32', 'SysWOW64'].map((directory) => `${windows}\\${directory}\\config\\systemprofile`);

/** Homes by account: from passwd(5), and where macOS and Windows keep those of root and SYSTEM. */
export async function probeAccounts({ platform, files, user, env }: System): Promise<Accounts> {
  const homes = new Map([[user.name, user.home]]);
  const names = new Map([[user.uid, user.name]]);
  if (platform === 'win32') {
    homes.set('SYSTEM', systemProfiles(env.SystemRoot ?? 'C:\\Windows')[0] as string);
    return { homes, names };
  }
  const read = await files.read('/etc/passwd');
  for (const line of read.kind === 'content' ? read.text.split('\n') : []) {
    const [name = '', , uid, , , home = ''] = line.split(':');
    if (!/^\d+$/.test(uid ?? '') || home === '') continue;
    if (!homes.has(name)) homes.set(name, home);
    if (!names.has(Number(uid))) names.set(Number(uid), name);
  }
  if (platform === 'darwin') homes.set('root', '/var/root');
  return { homes, names };
}
