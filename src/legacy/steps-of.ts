import { MemorydError } from '../errors.ts';
import { managerEnvironment } from '../platform/systemd/systemctl.ts';
import type { Argv } from '../system/exec.ts';
import { randomHex } from '../system/random.ts';
import { currentSid } from '../system/sid.ts';
import type { System } from '../system/system.ts';
import { crontabMoves } from './crontab/steps.ts';
import type { Finding } from './finding.ts';
import { launchdMoves } from './launchd/steps.ts';
import type { DefinitionFile, MoveInput, Moves } from './migration-steps.ts';
import type { MigrationPaths } from './paths.ts';
import { saveIsExact } from './pm2/detect.ts';
import { probePm2 } from './pm2/probe.ts';
import { pm2Moves } from './pm2/steps.ts';
import { taskMoves } from './scheduled-task/steps.ts';
import { systemdMoves } from './systemd/steps.ts';
import type { DataMove } from './target.ts';
import { windowsServiceMoves } from './windows-service/steps.ts';

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

/** The steps of a finding's own kind; `undefined` for kinds that are only told. Looks, and changes nothing. */
export async function movesOf(
  system: System,
  finding: Finding,
  { directory, manifest }: MigrationPaths,
  data: DataMove,
  self: Argv,
): Promise<Moves | undefined> {
  const definitions = await readDefinitions(system, finding.kind === 'pm2' ? [] : finding.definedIn);
  const input = async (): Promise<MoveInput> => {
    const environment = Object.entries(await managerEnvironment(system));
    const said = environment.filter((pair): pair is [string, string] => pair[1] !== undefined);
    return { directory, manifest, data, self, definitions, managerEnvironment: Object.fromEntries(said) };
  };
  switch (finding.kind) {
    case 'pm2':
      return pm2Moves(finding, await input(), system.platform, saveIsExact(finding, await probePm2(system)));
    case 'system-unit':
    case 'user-unit':
      return systemdMoves(finding, await input());
    case 'launch-daemon':
    case 'launch-agent':
      return launchdMoves(finding, await input());
    case 'task':
      return taskMoves(finding, await input());
    case 'crontab': {
      const pid = finding.run.kind === 'running' ? finding.run.pid : undefined;
      const start = pid === undefined ? undefined : system.processes.startIdentity(pid);
      return crontabMoves(finding, await input(), start);
    }
    case 'windows-service': {
      const found = await currentSid(system.exec);
      if (found.kind === 'missing') throw new MemorydError('no-manager', 'whoami is not on the PATH');
      return windowsServiceMoves(finding, await input(), found.sid, `memoryd-${randomHex(8)}`);
    }
    default:
      return undefined;
  }
}
