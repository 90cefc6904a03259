import { posix } from 'node:path';
import { type Roots, servicePaths } from '../../layout.ts';
import type { System } from '../../system/system.ts';
import { type Domain, guiDomain, userDomain } from './domain.ts';

/** Where we last put a service's job, and when, in ms since 1970. */
export interface Put {
  domain: Domain;
  at: number;
}

/** Kept until we take the job out again, so that one question to launchd is enough to find it. */
export interface RememberedDomain {
  read(service: string): Promise<Put | undefined>;
  write(service: string, domain: Domain): Promise<void>;
  forget(service: string): Promise<void>;
}

/** Keeps it beside the service's other state. */
export function rememberedDomain(
  { files, user }: Pick<System, 'files' | 'user'>,
  roots: Roots,
): RememberedDomain {
  const file = (service: string) => posix.join(servicePaths(roots, service).state, 'launchd-domain');
  const domains = [guiDomain(user.uid), userDomain(user.uid)];
  return {
    async read(service) {
      const [seen, read] = await Promise.all([files.inspect(file(service)), files.read(file(service))]);
      if (seen.kind !== 'file' || read.kind !== 'content') return undefined;
      const domain = domains.find((one) => one === read.text.trim());
      return domain === undefined ? undefined : { domain, at: seen.stats.mtimeMs };
    },
    write: (service, domain) => files.write(file(service), `${domain}\n`, 0o600),
    forget: (service) => files.remove(file(service)),
  };
}
