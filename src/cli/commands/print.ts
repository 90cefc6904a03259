import { MemorydError } from '../../errors.ts';
import { readKept } from '../../foreign/prepare.ts';
import { specOf } from '../../foreign/spec-of.ts';
import { unitSpec } from '../../install/desired.ts';
import { readDefinition } from '../../install/read-definition.ts';
import { wantedDefinition } from '../../install/wanted.ts';
import { servicePaths } from '../../layout.ts';
import { createBackend, nativeBackend } from '../../platform/select.ts';
import { shownValue } from '../../service/environment.ts';
import { checkName } from '../../service/name.ts';
import { portCandidates } from '../../service/port.ts';
import type { BackendName } from '../../service/unit.ts';
import { usualRoots } from '../../system/roots.ts';
import { thisMachine } from '../machine.ts';
import { output } from '../output.ts';

interface Options {
  json?: boolean;
  platform?: 'linux' | 'darwin' | 'win32';
  backend?: BackendName;
  schema?: boolean;
}

/** Homes and programs of a machine that is not this one: the usual places, with the user's own name. */
const elsewhere = {
  linux: { home: (user: string) => `/home/${user}`, node: '/usr/bin/node', config: '.config' },
  darwin: {
    home: (user: string) => `/Users/${user}`,
    node: '/opt/homebrew/bin/node',
    config: 'Library/Preferences',
  },
  win32: {
    home: (user: string) => `C:\\Users\\${user}`,
    node: 'C:\\Program Files\\nodejs\\node.exe',
    config: 'AppData\\Roaming',
  },
};

export async function printCommand(name: string, options: Options): Promise<void> {
  const out = output(options.json === true);
  if (options.schema) {
    const { definitionJsonSchema } = await import('../../service/definition.ts');
    return out.data(JSON.stringify(definitionJsonSchema(), null, 2));
  }
  const machine = thisMachine();
  const { system } = machine;
  const service = checkName(name);
  const ownPaths = servicePaths(machine.roots, service);
  const seen = await readDefinition(system.files, ownPaths);
  const { definition } = wantedDefinition(service, seen, {}, ownPaths.definition);
  const isForeign = definition.command !== undefined || definition.adapter !== undefined;
  const bindsItself = isForeign && (await specOf(system, machine.roots, definition)).transport === 'http';
  const platform = options.platform ?? (system.platform as keyof typeof elsewhere);
  const place = elsewhere[platform];
  if (place === undefined) throw new MemorydError('usage', `nothing is known of ${platform}`);
  const here = platform === system.platform;
  const home = here ? system.user.home : place.home(system.user.name);
  const roots = here ? machine.roots : usualRoots(platform, home);
  const separator = platform === 'win32' ? '\\' : '/';
  const app = [roots.data, 'app', 'current'].join(separator);
  const spec = unitSpec({
    definition,
    program: {
      node: here ? process.execPath : place.node,
      app,
      entry: [app, 'dist', 'memoryd.cjs'].join(separator),
    },
    flags: [],
    paths: servicePaths(roots, service),
    user: { ...system.user, home, ...(platform === 'win32' ? { sid: 'S-1-5-21-0-0-0-1001' } : {}) },
    configHome: here ? machine.configHome : [home, place.config].join(separator),
    port: bindsItself
      ? null
      : (definition.port ?? (portCandidates(system.user.name, service, platform)[0] as number)),
  });
  const foreign = { ...system, platform, user: { ...system.user, home } };
  const backend = await createBackend(options.backend ?? nativeBackend(platform), foreign, roots);
  const units = await backend.render(spec);
  const kept = isForeign ? Object.entries(await readKept(system, ownPaths.environment)) : [];
  const environment = Object.fromEntries(kept.map(([name, value]) => [name, shownValue(name, value)]));
  if (out.json) return out.document({ service, backend: backend.name, units, environment });
  for (const { path, content } of units)
    out.data(units.length > 1 ? `# ${path}\n${content}` : content.trimEnd());
  for (const [name, value] of Object.entries(environment)) out.talk(`environment: ${name}=${value}`);
}
