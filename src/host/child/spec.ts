import { readAdapterText } from '../../adapters/files.ts';
import { messageOf } from '../../errors.ts';
import type { ExternalSpec } from '../../external/spec.ts';
import { parseSpec, specKey, specText } from '../../external/spec-file.ts';
import type { RunContext } from '../context.ts';

/**
 * What to run, by the definition and its adapter: from the cache if neither has changed, else checked again. Throws
 * `configuration` with the field that is wrong.
 */
export async function loadSpec(context: RunContext): Promise<ExternalSpec> {
  const { system, roots, paths, early, definition = '', log } = context;
  const name = early.external?.adapter;
  const adapter = name === undefined ? undefined : await readAdapterText(system.files, roots, name);
  const key = specKey(definition, adapter?.kind === 'content' ? adapter.text : undefined);
  const cached = await system.files.read(paths.externalSpec);
  const known = cached.kind === 'content' ? parseSpec(cached.text, key) : undefined;
  if (known !== undefined) return known;
  const [{ loadDefinition }, { specOf }] = await Promise.all([
    import('../../runtime/load-definition.ts'),
    import('../../external/spec-of.ts'),
  ]);
  const spec = await specOf(system, roots, await loadDefinition(context));
  try {
    await system.files.write(paths.externalSpec, specText(key, spec), 0o600);
  } catch (error) {
    // A full disk must not stop a service that does not need disk space. The log has the reason.
    log.write('spec.lost', { why: messageOf(error) });
  }
  return spec;
}
