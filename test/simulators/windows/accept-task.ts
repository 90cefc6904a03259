import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { at, type Element, parseXml, textAt } from './xml.ts';

/** Who asks to register a task: a standard user, never elevated. */
export interface Asker {
  sid: string;
  /** `HOST\name` */
  account: string;
}

export type Judgement =
  | { kind: 'accepted'; task: Element }
  | { kind: 'refused'; code: number; detail: string };

const refused = (code: number, detail = ''): Judgement => ({ kind: 'refused', code, detail });

const malformed = 0x8004131a;
const accessDenied = 0x80070005;
const noSuchAccount = 0x80070534;

const schema = fileURLToPath(new URL('../../fixtures/schtasks/task.xsd', import.meta.url));

/** What xmllint says against the schema: nothing when it is valid, or when there is no xmllint here. */
export function schemaErrors(bytes: Uint8Array): string {
  const result = spawnSync('xmllint', ['--noout', '--schema', schema, '-'], { input: bytes });
  if (result.error !== undefined || result.status === 0) return '';
  return result.stderr.toString();
}

/** schtasks reads UTF-16LE with a mark, and 8-bit files that do not say they are something else (W08). */
function decode(bytes: Uint8Array): string | Judgement {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return Buffer.from(bytes.subarray(2)).toString('utf16le');
  if (bytes[0] === 0xef || bytes[1] === 0)
    return refused(malformed, '(1,2)::ERROR: incorrect document syntax');
  const text = Buffer.from(bytes).toString('latin1');
  if (/encoding="UTF-16"/i.test(text))
    return refused(malformed, '(1,40)::ERROR: unable to switch the encoding');
  return text;
}

function isAsker(userId: string | undefined, { sid, account }: Asker): boolean {
  const name = userId?.toLowerCase();
  return (
    name === sid.toLowerCase() ||
    name === account.toLowerCase() ||
    name === account.split('\\')[1]?.toLowerCase()
  );
}

/** What a standard user may register (W01). */
function permission(task: Element, asker: Asker): Judgement | undefined {
  const triggers = at(task, 'Triggers')?.children ?? [];
  const logons = triggers.filter(({ name }) => name === 'LogonTrigger');
  if (triggers.some(({ name }) => name === 'BootTrigger')) return refused(accessDenied, 'boot trigger');
  if (logons.some((logon) => !isAsker(textAt(logon, 'UserId'), asker))) {
    return refused(accessDenied, "a logon trigger that is not the user's own");
  }
  const principal = at(task, 'Principals', 'Principal');
  if (textAt(principal, 'RunLevel') === 'HighestAvailable')
    return refused(accessDenied, 'highest privileges');
  if (textAt(principal, 'LogonType') === 'S4U') return refused(accessDenied, 'S4U');
  const userId = textAt(principal, 'UserId');
  if (userId === undefined || isAsker(userId, asker)) return undefined;
  return refused(/^S-1-/.test(userId) ? accessDenied : noSuchAccount, `runs as ${userId}`);
}

/** Judges a task file as Task Scheduler would for `asker`. */
export function acceptTask(bytes: Uint8Array, asker: Asker): Judgement {
  const text = decode(bytes);
  if (typeof text !== 'string') return text;
  let task: Element;
  try {
    task = parseXml(text);
  } catch (error) {
    return refused(malformed, (error as Error).message);
  }
  if (task.attributes.xmlns !== 'http://schemas.microsoft.com/windows/2004/02/mit/task')
    return refused(0x80041317);
  const errors = schemaErrors(bytes);
  if (/Element .* not expected/.test(errors)) return refused(0x80041316, errors);
  if (/Missing child element/.test(errors)) return refused(0x80041319, errors);
  if (errors !== '') return refused(0x80041318, errors);
  return permission(task, asker) ?? { kind: 'accepted', task };
}
