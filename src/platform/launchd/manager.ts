import { posix } from 'node:path';
import { MemorydError } from '../../errors.ts';
import type { Roots } from '../../layout.ts';
import { defaultService } from '../../service/name.ts';
import type { UnitFile, Verb } from '../../service/unit.ts';
import type { System } from '../../system/system.ts';
import type { Availability, Backend } from '../backend.ts';
import { guiDomain, observeDomains, refuseSystemJob, userDomain } from './domain.ts';
import { agentPath, labelOf } from './label.ts';
import { createLaunchctl } from './launchctl.ts';
import { type FilesObservation, observeAgentFiles, observeFiles, observeWith } from './observe.ts';
import type { LaunchdTools } from './perform.ts';
import { plistPaths } from './plist-file.ts';
import { rememberedDomain } from './remembered-domain.ts';
import { type LaunchdTiming, usualTiming } from './timing.ts';

/** The commands that `perform` runs in a graphical session. Over SSH the domain is `user/<uid>`. */
function commands(user: System['user'], verb: Verb, service: string): string[][] {
  const domain = guiDomain(user.uid);
  const target = `${domain}/${labelOf(service)}`;
  const enable = ['launchctl', 'enable', target];
  const bootout = ['launchctl', 'bootout', target];
  const bootstrap = ['launchctl', 'bootstrap', domain, agentPath(user.home, service)];
  const argvs: Readonly<Record<Verb, string[][]>> = {
    register: [enable],
    start: [enable, bootstrap],
    stop: [bootout],
    restart: [bootout, enable, bootstrap],
    unregister: [bootout],
    settle: [],
  };
  return argvs[verb];
}

/** What a job gets depends on whether login loads it, and on the session in which it was loaded (N16). */
function guaranteeOf({ plist, put, uid }: FilesObservation): string {
  const atLogin = plist.kind === 'ours' && plist.parked ? 'does not start at login' : 'starts at login';
  const end =
    put?.domain === userDomain(uid)
      ? `runs in ${put.domain}, which outlives an SSH session`
      : 'stops at logout';
  return `${atLogin}; launchd restarts it on failure; ${end}`;
}

/**
 * Checks a plist with Apple's own parser before it is installed (X08). Every macOS has plutil; where it is missing,
 * launchd is missing too.
 */
async function lint({ exec }: System, { content }: UnitFile, timeoutMs: number): Promise<void> {
  const result = await exec.run(['plutil', '-lint', '-'], { input: content, timeoutMs });
  if (result.kind === 'missing' || (result.kind === 'exited' && result.code === 0)) return;
  if (result.kind === 'timeout') throw new MemorydError('no-manager', 'plutil did not answer');
  throw new MemorydError('configuration', 'macOS does not accept the plist', {
    words: `${result.stdout}${result.stderr}`,
  });
}

/** LaunchAgents through launchctl, for the user the process runs as. `timing` is for tests. */
export function createLaunchdBackend(
  system: System,
  roots: Roots,
  timing: LaunchdTiming = usualTiming,
): Backend {
  const launchctl = createLaunchctl(system, timing.commandMs);
  const remembered = rememberedDomain(system, roots);
  const tools: LaunchdTools = { system, roots, launchctl, remembered, timing };

  return {
    name: 'launchd',
    guarantee: async (service) => guaranteeOf(await observeFiles(system, roots, service)),
    async available(): Promise<Availability> {
      const { kind } = await system.exec.run(['launchctl', 'managername'], { timeoutMs: timing.commandMs });
      if (kind === 'missing') return { kind: 'absent', reason: 'launchctl is not on the PATH' };
      if (kind === 'timeout') return { kind: 'refused', reason: 'launchctl does not answer' };
      try {
        await observeDomains(launchctl, system.user.uid, labelOf(defaultService));
        return { kind: 'usable' };
      } catch (error) {
        if (error instanceof MemorydError) return { kind: 'refused', reason: error.message };
        throw error;
      }
    },
    render: async (spec) => (await import('./render.ts')).renderAgent(spec),
    unitPaths: (service) => plistPaths({ user: system.user, roots }, service),
    async check(files) {
      for (const file of files) {
        await lint(system, file, timing.commandMs);
        await refuseSystemJob(launchctl, posix.basename(file.path, '.plist'));
      }
    },
    commands: (verb, service) => commands(system.user, verb, service),
    perform: async (verb, service) => (await import('./perform.ts')).verbs[verb](tools, service),
    observe: async (service) => observeWith(launchctl, await observeFiles(system, roots, service)),
    observeFiles: (service) => observeAgentFiles(system, roots, service),
  };
}
