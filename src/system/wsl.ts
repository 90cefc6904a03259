import type { System } from './system.ts';

/** The name of the kernel: `5.15.90.1-microsoft-standard-WSL2`. */
const kernelRelease = '/proc/sys/kernel/osrelease';

/** WSL appends the PATH of Windows, which contains the profile directory of the Windows user. */
const windowsProfile = /(?:^|:)(\/mnt\/[a-z]\/Users\/[^/:]+)\//i;

/** Whether the Windows user has configured WSL to keep idle distributions running. */
async function isKept({ env, files }: Pick<System, 'env' | 'files'>): Promise<boolean> {
  const profile = windowsProfile.exec(env.PATH ?? '')?.[1];
  if (profile === undefined) return false;
  const read = await files.read(`${profile}/.wslconfig`);
  return read.kind === 'content' && /^[ \t]*instanceIdleTimeout[ \t]*=[ \t]*-/im.test(read.text);
}

/**
 * A note for WSL2: Windows stops a distribution and everything in it, including our services, 15 s after its last
 * terminal was closed, and nothing inside can prevent that (L18). `undefined` on every other machine, and if the
 * Windows user has switched that off.
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
