import { join } from 'node:path';
import type { LegacyCommand, Pm2Forget } from '../../service/migration-step.ts';
import type { FindingOf } from '../finding.ts';
import { captured, type MigrationSteps, type StepsInput } from '../migration-steps.ts';
import { pm2Program } from './probe.ts';

/**
 * Gives the migration steps of a PM2 app (pure). The app is deleted by id, because a name also matches other apps'
 * scripts of that name. Undo runs `pm2 resurrect` with a list of this app only. The saved list is not changed until the
 * new daemon is verified. `exact`: `pm2 save` would write the list without this app and change nothing else.
 */
export function pm2Steps(
  finding: FindingOf<'pm2'>,
  { directory }: StepsInput,
  platform: NodeJS.Platform,
  exact: boolean,
): MigrationSteps {
  const { name, pm2Home: home, apps, live, saved } = finding;
  const pm2 = pm2Program(platform);
  const own = join(directory, 'dump.pm2');
  const ids = apps.flatMap(({ id }) => (id === undefined ? [] : [String(id)]));
  const env = { PM2_HOME: home };
  const stop: LegacyCommand = {
    kind: 'legacy-command',
    why: `delete ${name} from PM2`,
    do: [{ argv: [pm2, 'delete', ...ids], env }],
    // resurrect ignores an app that is already running. The backup is the same list, because resurrect falls back to
    // it.
    undo: [
      {
        argv: [pm2, 'resurrect'],
        env: { ...env, PM2_DUMP_FILE_PATH: own, PM2_DUMP_BACKUP_FILE_PATH: own },
      },
    ],
  };
  const forget = {
    kind: 'pm2-forget' as const,
    why: `pm2 resurrect must not bring ${name} back`,
    home,
    name,
  };
  const remove: Pm2Forget = {
    ...forget,
    retire: 'remove',
    ...(exact ? { save: { argv: [pm2, 'save', '--force'] as [string, ...string[]], env } } : {}),
  };
  return {
    keep: [
      captured(
        own,
        `${JSON.stringify(
          apps.map((app) => app.saved),
          null,
          2,
        )}\n`,
      ),
    ],
    stop: live && ids.length > 0 ? [stop] : [],
    disable: saved ? [{ ...forget, retire: 'disable' }] : [],
    remove: saved ? [remove] : [],
  };
}
