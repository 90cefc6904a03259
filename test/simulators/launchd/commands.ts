import { bootstrap, legacyLoad } from './bootstrap.ts';
import type { Job } from './job.ts';
import { printDisabled, printDomain, printJob, printListed } from './print.ts';
import { done, noDomain, noService, parseTarget, type Reply, type Target, unrecognized } from './target.ts';
import { viewOf, waitStatus } from './view.ts';
import type { Domain, World } from './world.ts';

type Command = (world: World, args: readonly string[]) => Reply;

/** Runs `use` on the loaded job that `text` names, or answers why there is none. */
function withJob(world: World, text: string | undefined, use: (job: Job, domain: Domain) => Reply): Reply {
  const target = parseTarget(text);
  if (target?.label === undefined) return unrecognized;
  const domain = world.domains.get(target.domain);
  if (domain === undefined) return noDomain(world, target);
  const job = domain.jobs.get(target.label);
  return job === undefined ? noService(world, target) : use(job, domain);
}

const bootout: Command = (world, [text]) => {
  const target = parseTarget(text);
  if (target?.label === undefined) return unrecognized;
  const domain = world.domains.get(target.domain);
  if (domain === undefined) {
    return { code: 125, stderr: 'Boot-out failed: 125: Domain does not support specified action\n' };
  }
  const job = domain.jobs.get(target.label);
  if (job === undefined) return { code: 3, stderr: 'Boot-out failed: 3: No such process\n' };
  const busy = job.leaving || (world.faults.bootoutGoing && job.pid !== undefined);
  job.bootout();
  return busy ? { code: 36, stderr: 'Boot-out failed: 36: Operation now in progress\n' } : done;
};

const kickstart: Command = (world, args) => {
  const kills = args.some((arg) => /^-\w*k/.test(arg));
  const prints = args.some((arg) => /^-\w*p/.test(arg));
  return withJob(
    world,
    args.find((arg) => !arg.startsWith('-')),
    (job) => {
      if (job.pid !== undefined && kills) job.signal(world.faults.killMode);
      if (job.pid !== undefined && !kills) {
        return prints ? { code: 0, stdout: `service spawned with pid: ${job.pid}\n` } : { code: 37 };
      }
      job.kickstart();
      return done;
    },
  );
};

const kill: Command = (world, [signal = '', text]) =>
  withJob(world, text, (job) => {
    const name = (signal.startsWith('SIG') ? signal : `SIG${signal}`) as NodeJS.Signals;
    return job.signal(name) ? done : { code: 3, stderr: 'No process to signal.\n' };
  });

const override =
  (disabled: boolean): Command =>
  (world, [text]) => {
    const target = parseTarget(text);
    if (target?.label === undefined) return unrecognized;
    if (!world.domains.has(target.domain)) return noDomain(world, target);
    world.override(target.label, disabled);
    return done;
  };

function printWhole(world: World, { domain: name }: Target): Reply {
  const domain = world.domains.get(name);
  if (domain === undefined) return noDomain(world, { domain: name });
  const services = [...domain.jobs.values()].map(({ pid, definition: { label } }) => ({ pid, label }));
  const { session } = domain;
  return {
    code: 0,
    stdout: printDomain({ name, session, services, overrides: world.overrides }, world.profile),
  };
}

const print: Command = (world, [text]) => {
  const target = parseTarget(text);
  if (target === undefined) return unrecognized;
  if (target.label === undefined) return printWhole(world, target);
  if (target.domain === 'system' && world.systemLabels.has(target.label)) {
    return {
      code: 0,
      stdout: `${text} = {\n\tactive count = 1\n\ttype = LaunchDaemon\n\tstate = running\n}\n`,
    };
  }
  return withJob(world, text, (job, domain) => ({
    code: 0,
    stdout: world.faults.garble ?? printJob(viewOf(world, domain, job), world.profile),
  }));
};

const printDisabledCommand: Command = (world, [text]) => {
  const target = parseTarget(text);
  if (target === undefined) return unrecognized;
  if (!world.domains.has(target.domain)) return noDomain(world, target);
  return { code: 0, stdout: printDisabled(world.overrides, world.profile) };
};

const list: Command = (world, [label = '']) => {
  const domain = world.domains.get(world.gui) ?? world.domains.get(world.user);
  const job = domain?.jobs.get(label);
  if (job === undefined) return noService(world, { domain: domain?.name ?? world.user, label });
  const { definition, pid, ending } = job;
  return {
    code: 0,
    stdout: printListed([
      ['StandardOutPath', definition.stdout ?? '/dev/null'],
      ['LimitLoadToSessionType', definition.sessionTypes[0] ?? 'Aqua'],
      ['StandardErrorPath', definition.stderr ?? '/dev/null'],
      ['Label', definition.label],
      ['OnDemand', definition.keepAlive === 'never'],
      ['LastExitStatus', waitStatus(ending)],
      ...(pid === undefined ? [] : [['PID', pid] as const]),
      ['Program', definition.argv[0]],
    ]),
  };
};

/** The subcommands of launchctl that mean anything here. */
export const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['bootstrap', bootstrap],
  ['bootout', bootout],
  ['enable', override(false)],
  ['disable', override(true)],
  ['kickstart', kickstart],
  ['kill', kill],
  ['print', print],
  ['print-disabled', printDisabledCommand],
  ['list', list],
  ['managername', (world) => ({ code: 0, stdout: world.domains.has(world.gui) ? 'Aqua\n' : 'Background\n' })],
  ['load', legacyLoad],
  ['unload', legacyLoad],
]);

/** Answers one call of launchctl. */
export function answer(world: World, [name = '', ...args]: readonly string[]): Reply {
  const command = commands.get(name);
  return command === undefined
    ? { code: 1, stderr: `Unrecognized subcommand: ${name}\n` }
    : command(world, args);
}
