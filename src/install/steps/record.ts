import type { RecordMigration } from '../../service/migration-step.ts';
import type { StepHandler } from '../context.ts';

export const recordMigration: StepHandler<RecordMigration, string | null> = {
  async capture({ path }, { system: { files } }) {
    const read = await files.read(path);
    return read.kind === 'content' ? read.text : null;
  },
  async run({ path, record }, { system: { files } }) {
    await files.write(path, `${JSON.stringify(record, null, 2)}\n`, 0o600);
  },
  async undo({ path }, before, { system: { files } }) {
    if (before === null) await files.remove(path);
    else await files.write(path, before, 0o600);
  },
};
