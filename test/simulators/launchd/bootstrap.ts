import { isRefusal, type Refusal, readDefinition } from './definition.ts';
import { done, parseTarget, type Reply, unrecognized } from './target.ts';
import type { Domain, World } from './world.ts';

const opaque = (subject: 'Bootstrap' | 'Load'): string =>
  `${subject} failed: 5: Input/output error\nTry ${
    subject === 'Load' ? 'running `launchctl bootstrap` as root' : 're-running the command as root'
  } for richer errors.\n`;

function refuse({ options, faults }: World, path: string, { code, words }: Refusal): Reply {
  if (code === 37 && faults.busyCode === 37) {
    return { code, stderr: `Bootstrap failed: ${code}: ${words}\n` };
  }
  if (!options.root) return { code: 5, stderr: opaque('Bootstrap') };
  const line = code === 119 || code === 122 ? `${path}: ${words}\n` : '';
  return { code, stderr: `${line}Bootstrap failed: ${code}: ${words}\n` };
}

function load(world: World, domain: Domain, path: string): Refusal | undefined {
  const definition = readDefinition(path, world.options.uid);
  if (isRefusal(definition)) return definition;
  if (world.overrides.get(definition.label)) return { code: 119, words: 'Service is disabled' };
  if (domain.jobs.has(definition.label)) return { code: 37, words: 'Operation already in progress' };
  if (!definition.sessionTypes.includes(domain.session)) {
    return { code: 134, words: 'Service cannot load in requested session' };
  }
  world.load(domain, definition);
  return undefined;
}

/** `launchctl bootstrap <domain> <plist>`. */
export function bootstrap(world: World, [name, path]: readonly string[]): Reply {
  const target = parseTarget(name);
  if (target === undefined || path === undefined) return unrecognized;
  const domain = world.domains.get(target.domain);
  if (domain === undefined) {
    return { code: 125, stderr: 'Bootstrap failed: 125: Domain does not support specified action\n' };
  }
  if (world.faults.refuseBootstrap > 0) {
    world.faults.refuseBootstrap -= 1;
    return { code: 5, stderr: opaque('Bootstrap') };
  }
  const refusal = load(world, domain, path);
  return refusal === undefined ? done : refuse(world, path, refusal);
}

/** The legacy verbs: they exit 0 when they fail, which is why nobody should use them. */
export function legacyLoad(): Reply {
  return { code: 0, stderr: opaque('Load') };
}
