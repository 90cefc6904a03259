import { readKept } from '../../external/prepare.ts';
import { specOf } from '../../external/spec-of.ts';
import { unitSpec } from '../../install/desired.ts';
import { readDefinition } from '../../install/read-definition.ts';
import { requestedDefinition } from '../../install/requested-definition.ts';
import type { Machine } from '../../install/service-lock.ts';
import { machineFor } from '../../install/service-machine.ts';
import { thisMachine } from '../../install/this-machine.ts';
import { servicePaths } from '../../layout.ts';
import { createBackend, nativeBackend } from '../../platform/select.ts';
import type { Definition } from '../../service/definition.ts';
import { shownValue } from '../../service/environment.ts';
import { checkName } from '../../service/name.ts';
import { portCandidates } from '../../service/port.ts';
import type { BackendName, UnitFile } from '../../service/unit.ts';
import { output } from '../output.ts';
import { type Platform, type PrintTarget, printTargetFor } from '../print-target.ts';

interface PrintFlags {
  json?: boolean;
  platform?: Platform;
  backend?: BackendName;
  schema?: boolean;
}

/** Renders the units as `install` would at `place`. The private copy of the program is shown as `current`. */
async function renderAt(
  machine: Machine,
  target: PrintTarget,
  definition: Definition,
  bindsItself: boolean,
  chosen: BackendName | undefined,
): Promise<{ backend: BackendName; units: UnitFile[] }> {
  const { platform, roots, paths, user, node, configHome, joinPath: spell } = target;
  const app = spell(roots.data, 'app', 'current');
  const spec = unitSpec({
    definition,
    program: { node, app, entry: spell(app, 'dist', 'memoryd.cjs') },
    flags: [],
    paths,
    user,
    configHome,
    port: bindsItself
      ? null
      : (definition.port ?? (portCandidates(user.name, definition.name, platform)[0] as number)),
  });
  // The environment of this machine does not apply to another one.
  const env = platform === machine.system.platform ? machine.system.env : {};
  const system = { ...machine.system, platform, user, env };
  const backend = await createBackend(chosen ?? nativeBackend(platform), system, roots);
  const units = await backend.render(spec);
  return { backend: backend.name, units: units.map((unit) => ({ ...unit, path: spell(unit.path) })) };
}

export async function printCommand(name: string, options: PrintFlags): Promise<void> {
  const out = output(options.json === true);
  if (options.schema) {
    const { definitionJsonSchema } = await import('../../service/definition.ts');
    return out.print(JSON.stringify(definitionJsonSchema(), null, 2));
  }
  const service = checkName(name);
  const machine = await machineFor(thisMachine(), service);
  const { system, roots } = machine;
  const ownPaths = servicePaths(roots, service);
  const seen = await readDefinition(system.files, ownPaths);
  const { definition } = requestedDefinition(seen, { name: service, changes: {} }, ownPaths.definition);
  const isExternal = definition.command !== undefined || definition.adapter !== undefined;
  const bindsItself = isExternal && (await specOf(system, roots, definition)).transport === 'http';
  const target = await printTargetFor(machine, service, options.platform);
  const { backend, units } = await renderAt(machine, target, definition, bindsItself, options.backend);
  const kept = isExternal ? Object.entries(await readKept(system, ownPaths.environment)) : [];
  const environment = Object.fromEntries(kept.map(([key, value]) => [key, shownValue(key, value)]));
  const { placeholders } = target;
  if (out.json) return out.printJson({ service, backend, units, environment, placeholders });
  for (const { path, content } of units)
    out.print(units.length > 1 ? `# ${path}\n${content}` : content.trimEnd());
  for (const [key, value] of Object.entries(environment)) out.info(`environment: ${key}=${value}`);
  for (const [what, placeholder] of Object.entries(placeholders))
    out.info(`the ${what} is not known here; shown instead: ${placeholder}`);
}
