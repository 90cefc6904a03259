import type { World } from './world.ts';

/** `gui/501`, `user/501/label`, `system/label`, taken apart. */
export interface Target {
  domain: string;
  label?: string;
}

export function parseTarget(text: string | undefined): Target | undefined {
  const [, domain, label] = /^(system|(?:gui|user)\/\d+)(?:\/([^/]+))?$/.exec(text ?? '') ?? [];
  if (domain === undefined) return undefined;
  return label === undefined ? { domain } : { domain, label };
}

/** How launchctl speaks of a domain. */
function named(domain: string): string {
  const [kind, uid] = domain.split('/');
  if (kind === 'gui') return `domain for user gui: ${uid}`;
  return kind === 'user' ? `domain for uid: ${uid}` : 'domain for system';
}

export interface Reply {
  code: number;
  stdout?: string;
  stderr?: string;
}

export const done: Reply = { code: 0 };

export const unrecognized: Reply = {
  code: 64,
  stderr:
    'Unrecognized target specifier. <service-target> takes a form of <domain-target>/<service-id>.\n' +
    'Please refer to `man launchctl` for explanation of the <domain-target> specifiers.\n',
};

export function noService({ profile }: World, { domain, label }: Target): Reply {
  const first = profile.badRequest ? 'Bad request.\n' : '';
  return { code: 113, stderr: `${first}Could not find service "${label}" in ${named(domain)}\n` };
}

/** `gui` of this user over SSH is answered in two ways on different machines; other domains do not exist at all. */
export function noDomain({ profile, faults, gui }: World, { domain }: Target): Reply {
  if (domain === gui && faults.noGuiCode === 125) return { code: 125 };
  const first = profile.badRequest ? 'Bad request.\n' : '';
  return { code: 112, stderr: `${first}Could not find ${named(domain)}\n` };
}
