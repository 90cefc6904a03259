import type { System } from './system.ts';

/** Names the kernel: `5.15.90.1-microsoft-standard-WSL2`. */
const kernelRelease = '/proc/sys/kernel/osrelease';

/** Windows' PATH is behind our own there, and leads to the profile of the Windows user. */
const windowsProfile = /(?:^|:)(\/mnt\/[a-z]\/Users\/[^/:]+)\//i;

/** Whether the Windows user has told WSL to let an idle distribution live. */
async function isKept({ env, files }: Pick<System, 'env' | 'files'>): Promise<boolean> {
  const profile = windowsProfile.exec(env.PATH ?? '')?.[1];
  if (profile === undefined) return false;
  const read = await files.read(`${profile}/.wslconfig`);
  return read.kind === 'content' && /^[ \t]*instanceIdleTimeout[ \t]*=[ \t]*-/im.test(read.text);
}

/**
 * What to know of a distribution of WSL2: Windows ends it with all that runs in it, systemd's services and ours, 15 s
 * after its last terminal closed, and nothing inside can prevent that (L18). `undefined` on every other machine, and
 * where the Windows user has switched that off.
 */
export async function idleNote({
  platform,
  env,
  files,
}: Pick<System, 'platform' | 'env' | 'files'>): Promise<string | undefined> {
  if (platform !== 'linux') return undefined;
  const release = await files.read(kernelRelease);
  if (release.kind !== 'content' || !/microsoft/i.test(release.text)) return undefined;
  if (await isKept({ env, files })) return undefined;
  return 'WSL stops this machine soon after its last terminal closes; to keep it running, set instanceIdleTimeout=-1 under [general] in %UserProfile%\\.wslconfig and run wsl --shutdown';
}
