import { inspectService } from '../../install/inspect.ts';
import { serviceNames } from '../../install/service-names.ts';
import { thisMachine } from '../../install/this-machine.ts';
import { build, version } from '../../package.ts';
import { statusOf } from '../../service/status-of.ts';
import { output } from '../output.ts';

export async function listCommand(options: { json?: boolean }): Promise<void> {
  const out = output(options.json === true);
  const machine = thisMachine();
  const names = await serviceNames(machine);
  const seen = await Promise.all(names.map((name) => inspectService(machine, name)));
  const all = seen
    .map((one) => statusOf(one, { version, build }))
    .filter(({ state }) => state !== 'not-installed');
  if (out.json) {
    const services = all.map(({ name, state, healthy, backend, endpoint }) => ({
      name,
      state,
      healthy,
      backend,
      url: endpoint?.url ?? null,
    }));
    return out.printJson({ services });
  }
  if (all.length === 0) return out.info('no services\ntry: memoryd install');
  const width = Math.max(...all.map(({ name }) => name.length));
  for (const { name, state, endpoint, backend } of all) {
    out.print(`${name.padEnd(width)}  ${state.padEnd(9)}  ${(endpoint?.url ?? '-').padEnd(22)}  ${backend}`);
  }
}
