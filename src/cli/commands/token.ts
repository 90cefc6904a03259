import { MemorydError } from '../../errors.ts';
import { acknowledgeExposure, prepareRotation, rotateToken } from '../../install/rotate-token.ts';
import { dryRunService } from '../../install/service-lock.ts';
import { thisMachine } from '../../install/this-machine.ts';
import { readExposure } from '../../runtime/token-exposure.ts';
import { holderOf } from '../../service/token-exposure.ts';
import { type Output, output } from '../output.ts';
import { renderPlan } from '../render/plan.ts';
import type { ShownStep } from '../render/shown-step.ts';

interface Options {
  json?: boolean;
  rotate?: boolean;
  acknowledge?: boolean;
  dryRun?: boolean;
}

const guidance = [
  'give the new token to every client that is configured with the url and the token',
  'clients that run `memoryd bridge` need nothing',
];

/** Shows where the token is, and what was recorded of a port that others held. The token itself is never printed. */
async function show(name: string, out: Output): Promise<void> {
  const { machine, paths } = await dryRunService(thisMachine(), name);
  const { files } = machine.system;
  const [token, seen] = [await files.inspect(paths.token), await readExposure(files, paths)];
  if (token.kind === 'absent') {
    throw new MemorydError('not-installed', `"${name}" has no token`, { hint: `memoryd install ${name}` });
  }
  const exposure = seen.kind === 'valid' ? seen.exposure : null;
  if (out.json) return out.printJson({ service: name, path: paths.token, exposure });
  out.print(paths.token);
  if (seen.kind === 'absent') return;
  if (exposure === null) return out.info(`${paths.exposure} is ${seen.kind}`);
  out.info(
    `port ${exposure.port} was held by ${holderOf(exposure)} at ${exposure.at}: the token was replaced`,
  );
  for (const line of guidance) out.info(line);
  out.info(`then: memoryd token ${name} --acknowledge`);
}

async function dryRun(name: string, out: Output): Promise<void> {
  const change = await dryRunService(thisMachine(), name);
  const { backend, restarts } = await prepareRotation(change);
  const reason = 'a running host has the old token in memory';
  const commands = backend.commands('restart', name);
  const steps: ShownStep[] = [
    { kind: 'write', reason: 'a new token', path: change.paths.token },
    ...(restarts ? [{ kind: 'manager' as const, reason, commands }] : []),
  ];
  if (out.json) out.printJson({ service: name, backend: backend.name, steps });
  else out.print(renderPlan(steps));
}

/** `memoryd token [name]`. Throws `not-installed`, and `usage` for a daemon without a token of ours. */
export async function tokenCommand(name: string, options: Options): Promise<void> {
  const out = output(options.json === true);
  if (options.rotate && options.acknowledge)
    throw new MemorydError('usage', '--rotate and --acknowledge exclude each other');
  if (options.acknowledge) {
    await acknowledgeExposure(thisMachine(), name);
    return out.json ? out.printJson({ service: name, acknowledged: true }) : out.info(`${name}: noted`);
  }
  if (!options.rotate) return show(name, out);
  if (options.dryRun) return dryRun(name, out);
  const { restarts } = await rotateToken(thisMachine(), name);
  const { paths } = await dryRunService(thisMachine(), name);
  if (out.json) return out.printJson({ service: name, path: paths.token, restarted: restarts });
  out.info(`${name}: the token was replaced: ${paths.token}`);
  for (const line of guidance) out.info(line);
}
