import { join } from 'node:path';
import { MemorydError } from '../../errors.ts';
import type { Pm2Forget } from '../../service/migration-step.ts';
import { keepHint } from '../../service/shell-line.ts';
import type { Files } from '../../system/files.ts';
import type { StepHandler } from '../context.ts';
import { runCommand } from './legacy-command.ts';

/** `resurrect` reads the first file, and the second if the first is missing or invalid. */
const dumps = ['dump.pm2', 'dump.pm2.bak'] as const;

interface Pm2FilesBefore {
  /** Content in base64 and mode, by file name. Missing files are not listed. */
  files: Record<string, { bytes: string; mode: number }>;
}

type App = Record<string, unknown>;

/** The list with the app retired, in the layout of PM2; `undefined` if that already holds. */
function retired(text: string, path: string, { name, retire }: Pm2Forget): string | undefined {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (cause) {
    throw new MemorydError('failed', `${path} is not what pm2 save writes`, {
      cause,
      hint: keepHint(path),
    });
  }
  if (!Array.isArray(list)) throw new MemorydError('failed', `${path} is not what pm2 save writes`);
  const after = list.flatMap((app: App | null) => {
    if (app?.name !== name) return [app];
    return retire === 'remove' ? [] : [{ ...app, status: 'stopped' }];
  });
  const layout = (value: unknown) => JSON.stringify(value, null, 2);
  return layout(after) === layout(list) ? undefined : layout(after);
}

async function forget(files: Files, path: string, step: Pm2Forget): Promise<void> {
  const [seen, read] = await Promise.all([files.inspect(path), files.read(path)]);
  if (seen.kind !== 'file' || read.kind !== 'content') return;
  const text = retired(read.text, path, step);
  if (text !== undefined) await files.write(path, text, seen.stats.mode & 0o777);
}

export const pm2Forget: StepHandler<Pm2Forget, Pm2FilesBefore> = {
  async capture({ home }, { system: { files } }) {
    const before: Pm2FilesBefore = { files: {} };
    for (const file of dumps) {
      const [seen, read] = await Promise.all([files.inspect(join(home, file)), files.read(join(home, file))]);
      if (seen.kind !== 'file' || read.kind !== 'content') continue;
      before.files[file] = { bytes: read.bytes.toString('base64'), mode: seen.stats.mode & 0o777 };
    }
    return before;
  },
  async run(step, { system }) {
    if (step.save !== undefined) await runCommand(system, step.save);
    for (const file of dumps) await forget(system.files, join(step.home, file), step);
  },
  async undo({ home }, before, { system: { files } }) {
    for (const file of dumps) {
      const was = before.files[file];
      if (was === undefined) await files.remove(join(home, file));
      else await files.write(join(home, file), Buffer.from(was.bytes, 'base64'), was.mode);
    }
  },
};
