import { discover } from '../../adapters/discover.ts';
import { type AdapterFile, allAdapters, findAdapter } from '../../adapters/load.ts';
import { adapterJsonSchema } from '../../adapters/schema.ts';
import { exitCodes, MemorydError } from '../../errors.ts';
import { thisMachine } from '../../install/this-machine.ts';
import { problemLines } from '../../service/problem.ts';
import type { System } from '../../system/system.ts';
import { output } from '../output.ts';
import { renderAdapter, renderAdapters, type ShownAdapter } from '../render/adapters.ts';

async function inspectAdapter(system: System, file: AdapterFile): Promise<ShownAdapter> {
  if (file.kind !== 'valid') {
    const problems = file.kind === 'unreadable' ? [file.why] : problemLines(file.problems);
    return { file, here: { kind: 'unusable', problems } };
  }
  const found = await discover(system, file.adapter, system.env);
  if (found.kind === 'missing') return { file, here: found };
  const { program, downloads } = found;
  return { file, here: { kind: downloads ? 'downloadable' : 'installed', program } };
}

function shown({ file, here }: ShownAdapter): object {
  const { name, path, source } = file;
  return { name, path, source, here, ...(file.kind === 'valid' ? { adapter: file.adapter } : {}) };
}

export async function adaptersCommand(
  name: string | undefined,
  options: { json?: boolean; schema?: boolean },
): Promise<void> {
  const out = output(options.json === true);
  if (options.schema) return out.print(JSON.stringify(adapterJsonSchema(), null, 2));
  const { system, roots } = thisMachine();
  if (name === undefined) {
    const all = await Promise.all(
      (await allAdapters(system.files, roots)).map((file) => inspectAdapter(system, file)),
    );
    return out.json ? out.printJson({ adapters: all.map(shown) }) : out.print(renderAdapters(all));
  }
  const file = await findAdapter(system.files, roots, name);
  if (file === undefined) {
    throw new MemorydError('failed', `there is no adapter called ${JSON.stringify(name)}`, {
      hint: 'memoryd adapters',
    });
  }
  const one = await inspectAdapter(system, file);
  if (one.here.kind === 'unusable') process.exitCode = exitCodes.configuration;
  return out.json ? out.printJson(shown(one)) : out.print(renderAdapter(one));
}
