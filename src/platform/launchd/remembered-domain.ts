import { posix } from 'node:path';
import { type Roots, servicePaths } from '../../layout.ts';
import type { System } from '../../system/system.ts';
import { type Domain, guiDomain, userDomain } from './domain.ts';

/** The domain in which the job of a service was last loaded, and when, in ms since 1970. */
export interface Put {
  domain: Domain;
  at: number;
}

/** Kept until the job is unloaded, so that one question to launchd finds it. */
export interface RememberedDomain {
  read(service: string): Promise<Put | undefined>;
  write(service: string, domain: Domain): Promise<void>;
  forget(service: string): Promise<void>;
}

/** Stores it in the state directory of the service. */
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
