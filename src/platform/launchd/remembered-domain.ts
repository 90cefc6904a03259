import { posix } from 'node:path';
import { type Roots, servicePaths } from '../../layout.ts';
import type { System } from '../../system/system.ts';
import { type Domain, guiDomain, userDomain } from './domain.ts';

/** Where a service was last started, so that one question to launchd is enough to find it. */
export interface RememberedDomain {
  read(service: string): Promise<Domain>;
  write(service: string, domain: Domain): Promise<void>;
  forget(service: string): Promise<void>;
}

/** Keeps it beside the service's other state; nothing kept means the screen session, where launchd itself puts agents. */
export function rememberedDomain(
  { files, user }: Pick<System, 'files' | 'user'>,
  roots: Roots,
): RememberedDomain {
  const file = (service: string) => posix.join(servicePaths(roots, service).state, 'launchd-domain');
  const gui = guiDomain(user.uid);
  const read = async (service: string): Promise<Domain> => {
    const seen = await files.read(file(service));
    const background = userDomain(user.uid);
    return seen.kind === 'content' && seen.text.trim() === background ? background : gui;
  };
  return {
    read,
    async write(service, domain) {
      if (domain === gui) return files.remove(file(service));
      if ((await read(service)) !== domain) await files.write(file(service), `${domain}\n`, 0o600);
    },
    forget: (service) => files.remove(file(service)),
  };
}
