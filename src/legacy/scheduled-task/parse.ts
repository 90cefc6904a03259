import { XMLParser } from 'fast-xml-parser';
import { splitWindows } from '../command-line.ts';

/** The first action of a scheduled task. */
export interface TaskAction {
  command: [string, ...string[]] | undefined;
  workingDirectory: string | undefined;
  /** A SID or a name. Undefined for a task of a group. */
  userId: string | undefined;
  enabled: boolean;
}

const parser = new XMLParser({ ignoreAttributes: true, parseTagValue: false });

type TaskNode = Record<string, unknown>;
const node = (value: unknown): TaskNode =>
  typeof value === 'object' && value !== null ? (value as TaskNode) : {};
const first = (value: unknown): TaskNode => node(Array.isArray(value) ? value[0] : value);
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/**
 * Reads the output of `schtasks /query /xml` for one task. Gives `undefined` when it is not a task. Only the first
 * action is read.
 */
export function readTaskXml(xml: string): TaskAction | undefined {
  let root: TaskNode;
  try {
    root = parser.parse(xml.replace(/^\ufeff/, ''), true) as TaskNode;
  } catch {
    return undefined;
  }
  if (root.Task === undefined) return undefined;
  const task = node(root.Task);
  const exec = first(node(task.Actions).Exec);
  const program = text(exec.Command)?.replace(/^"(.*)"$/, '$1');
  return {
    command: program === undefined ? undefined : [program, ...splitWindows(text(exec.Arguments) ?? '')],
    workingDirectory: text(exec.WorkingDirectory)?.replace(/^"(.*)"$/, '$1'),
    userId: text(first(node(task.Principals).Principal).UserId),
    enabled: text(node(task.Settings).Enabled) !== 'false',
  };
}
