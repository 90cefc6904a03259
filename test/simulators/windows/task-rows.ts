import { dateTime, type LocaleName, phrase } from './locale.ts';
import { at, type Element, textAt } from './xml.ts';

/** What the list shows of a task beside its definition. */
export interface RowState {
  host: string;
  account: string;
  locale: LocaleName;
  name: string;
  running: boolean;
  lastRun: Date | undefined;
  /** Unsigned. */
  lastResult: number;
}

const field = (value: string | Uint8Array) =>
  Buffer.concat([Buffer.from('"'), Buffer.from(value as string), Buffer.from('"')]);

function joinFields(fields: (string | Uint8Array)[]): Buffer {
  const parts = fields.flatMap((value, index) =>
    index === 0 ? [field(value)] : [Buffer.from(','), field(value)],
  );
  return Buffer.concat([...parts, Buffer.from('\r\n')]);
}

/**
 * `schtasks /query /fo csv /v /nh`: a row for every trigger. Quotes inside are not doubled, as in the recordings;
 * the eleventh column and those after it say less than the real ones.
 */
export function taskRows(task: Element, state: RowState): Buffer {
  const { locale, host, name } = state;
  const enabled = textAt(task, 'Settings', 'Enabled') !== 'false';
  const exec = at(task, 'Actions', 'Exec');
  const status = state.running ? 'running' : enabled ? 'ready' : 'disabled';
  const row = joinFields([
    host,
    name,
    'N/A',
    phrase(locale, status),
    phrase(locale, 'interactive'),
    state.lastRun === undefined ? 'N/A' : dateTime(locale, state.lastRun),
    String(state.lastResult | 0),
    'N/A',
    `${textAt(exec, 'Command')} ${textAt(exec, 'Arguments') ?? ''}`,
    textAt(exec, 'WorkingDirectory') ?? 'N/A',
    textAt(task, 'RegistrationInfo', 'Description') ?? 'N/A',
    phrase(locale, enabled ? 'ready' : 'disabled'),
    phrase(locale, 'disabled'),
    '',
    state.account.split('\\')[1] ?? '',
  ]);
  const triggers = at(task, 'Triggers')?.children.length ?? 0;
  return Buffer.concat(Array.from({ length: Math.max(1, triggers) }, () => row));
}
