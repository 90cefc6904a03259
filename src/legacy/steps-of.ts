import { MemorydError } from '../errors.ts';
import { managerEnvironment } from '../platform/systemd/systemctl.ts';
import type { Argv } from '../system/exec.ts';
import { randomHex } from '../system/random.ts';
import { currentSid } from '../system/sid.ts';
import type { System } from '../system/system.ts';
import { crontabSteps } from './crontab/steps.ts';
import type { DataMove } from './data-move.ts';
import type { Finding } from './finding.ts';
import { launchdSteps } from './launchd/steps.ts';
import type { DefinitionFile, MigrationSteps, StepsInput } from './migration-steps.ts';
import type { MigrationPaths } from './paths.ts';
import { saveIsExact } from './pm2/detect.ts';
import { probePm2 } from './pm2/probe.ts';
import { pm2Steps } from './pm2/steps.ts';
import { taskSteps } from './scheduled-task/steps.ts';
import { systemdSteps } from './systemd/steps.ts';
import { windowsServiceSteps } from './windows-service/steps.ts';

async function readDefinitions({ files }: System, paths: readonly string[]): Promise<DefinitionFile[]> {
  const read = await Promise.all(
    paths.map(async (path): Promise<DefinitionFile[]> => {
      const [seen, content] = await Promise.all([files.inspect(path), files.read(path)]);
      if (seen.kind !== 'file' || content.kind !== 'content') return [];
      return [{ path, text: content.text, mode: seen.stats.mode & 0o777 }];
    }),
  );
  return read.flat();
}

/**
 * Gives the migration steps of a finding. Gives `undefined` for kinds that are only reported. Reads state and changes
 * nothing.
 */
export async function stepsOf(
  system: System,
  finding: Finding,
  { directory, manifest }: MigrationPaths,
  data: DataMove,
  self: Argv,
): Promise<MigrationSteps | undefined> {
  const definitions = await readDefinitions(system, finding.kind === 'pm2' ? [] : finding.definedIn);
  const input = async (): Promise<StepsInput> => {
    const environment = Object.entries(await managerEnvironment(system));
    const said = environment.filter((pair): pair is [string, string] => pair[1] !== undefined);
    return { directory, manifest, data, self, definitions, managerEnvironment: Object.fromEntries(said) };
  };
  switch (finding.kind) {
    case 'pm2':
      return pm2Steps(finding, await input(), system.platform, saveIsExact(finding, await probePm2(system)));
    case 'system-unit':
    case 'user-unit':
      return systemdSteps(finding, await input());
    case 'launch-daemon':
    case 'launch-agent':
      return launchdSteps(finding, await input());
    case 'task':
      return taskSteps(finding, await input());
    case 'crontab': {
      const pid = finding.run.kind === 'running' ? finding.run.pid : undefined;
      const start = pid === undefined ? undefined : system.processes.startIdentity(pid);
      return crontabSteps(finding, await input(), start);
    }
    case 'windows-service': {
      const found = await currentSid(system.exec);
      if (found.kind === 'missing') throw new MemorydError('no-manager', 'whoami is not on the PATH');
      return windowsServiceSteps(finding, await input(), found.sid, `memoryd-${randomHex(8)}`);
    }
    default:
      return undefined;
  }
}
