import { MemorydError } from '../../errors.ts';
import { type LaunchRecord, parseRecord } from '../../runtime/launch-record.ts';
import type { UnitFile, UnitSpec } from '../../service/unit.ts';

const superviseFlag = '--supervise';

/**
 * The launch record, which takes the place of a unit (pure). Throws `configuration` for arguments that no process can
 * be given.
 */
export function renderRecord(spec: UnitSpec, path: string): UnitFile {
  const nul = spec.argv.find((argument) => argument.includes('\0'));
  if (nul !== undefined) {
    throw new MemorydError('configuration', `an argument cannot hold NUL: ${JSON.stringify(nul)}`);
  }
  const [program, ...rest] = spec.argv;
  const record: LaunchRecord = {
    schema: 1,
    service: spec.service,
    description: spec.description,
    argv: [program, ...rest.filter((argument) => argument !== superviseFlag), superviseFlag],
    workingDirectory: spec.workingDirectory,
    listen: spec.listen,
    startTimeoutSecs: spec.startTimeoutSecs,
    stopTimeoutSecs: spec.stopTimeoutSecs,
    startAtLogin: spec.startAtLogin,
  };
  return { path, content: `${JSON.stringify(record, null, 2)}\n`, encoding: 'utf8', mode: 0o600 };
}

/** There is no manager to check it, so the rendered record must parse again. */
export function checkRecords(files: readonly UnitFile[]): void {
  for (const { path, content } of files) {
    const parsed = parseRecord(content);
    if (parsed.kind === 'invalid') throw new MemorydError('configuration', `${path}: ${parsed.reason}`);
  }
}
