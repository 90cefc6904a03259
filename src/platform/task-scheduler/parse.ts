import { XMLParser, XMLValidator } from 'fast-xml-parser';

interface Trigger {
  enabled: boolean;
  userId: string | undefined;
  start: string | undefined;
  interval: string | undefined;
  duration: string | undefined;
}

/**
 * The parts of a task that we write and compare. Values are decoded and defaults of the schema are filled in (W12).
 */
export interface Task {
  /** False if the whole task is disabled. */
  enabled: boolean;
  description: string;
  logonTriggers: Trigger[];
  timeTriggers: Trigger[];
  /** Triggers of any other kind. */
  otherTriggers: string[];
  userId: string | undefined;
  logonType: string;
  runLevel: string;
  settings: Record<keyof typeof settingDefaults, string>;
  command: string;
  arguments: string;
  workingDirectory: string;
}

export type ParsedTask = { kind: 'task'; task: Task } | { kind: 'invalid'; why: string };

/** The values of missing elements: `schtasks /query /xml` drops elements that have the default value. MS-TSCH 2.5.5 */
const settingDefaults = {
  MultipleInstancesPolicy: 'IgnoreNew',
  DisallowStartIfOnBatteries: 'true',
  StopIfGoingOnBatteries: 'true',
  StartWhenAvailable: 'false',
  RunOnlyIfNetworkAvailable: 'false',
  RunOnlyIfIdle: 'false',
  AllowStartOnDemand: 'true',
  ExecutionTimeLimit: 'PT72H',
  Priority: '7',
};

// Values stay text, and every element becomes an array, so that one and several elements are read in the same way.
const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  parseTagValue: false,
  trimValues: false,
  htmlEntities: true,
  alwaysCreateTextNode: true,
  isArray: () => true,
});

type XmlNode = { [element: string]: XmlNode[] | string };

function children(node: XmlNode | undefined, name: string): XmlNode[] {
  const found = node?.[name];
  return Array.isArray(found) ? found : [];
}

function child(node: XmlNode | undefined, name: string): XmlNode | undefined {
  return children(node, name)[0];
}

function textOf(node: XmlNode | undefined): string | undefined {
  const text = node?.['#text'];
  return typeof text === 'string' ? text : undefined;
}

const value = (node: XmlNode | undefined, name: string): string | undefined => textOf(child(node, name));

/** xs:boolean is also written 0 and 1. */
const isTrue = (text: string | undefined): boolean => text === undefined || text === 'true' || text === '1';

function trigger(node: XmlNode): Trigger {
  const repetition = child(node, 'Repetition');
  return {
    enabled: isTrue(value(node, 'Enabled')),
    userId: value(node, 'UserId'),
    start: value(node, 'StartBoundary'),
    interval: value(repetition, 'Interval'),
    duration: value(repetition, 'Duration'),
  };
}

function taskOf(root: XmlNode): Task | undefined {
  const triggers = child(root, 'Triggers');
  const principal = child(child(root, 'Principals'), 'Principal');
  const settings = child(root, 'Settings');
  const action = child(child(root, 'Actions'), 'Exec');
  const command = value(action, 'Command');
  if (command === undefined) return undefined;
  const known = ['LogonTrigger', 'TimeTrigger', '#text'];
  return {
    enabled: isTrue(value(settings, 'Enabled')),
    description: value(child(root, 'RegistrationInfo'), 'Description') ?? '',
    logonTriggers: children(triggers, 'LogonTrigger').map(trigger),
    timeTriggers: children(triggers, 'TimeTrigger').map(trigger),
    otherTriggers: Object.keys(triggers ?? {}).filter((name) => !known.includes(name)),
    userId: value(principal, 'UserId'),
    logonType: value(principal, 'LogonType') ?? 'InteractiveToken',
    runLevel: value(principal, 'RunLevel') ?? 'LeastPrivilege',
    settings: Object.fromEntries(
      Object.entries(settingDefaults).map(([name, usual]) => [name, value(settings, name) ?? usual]),
    ) as Task['settings'],
    command,
    arguments: value(action, 'Arguments') ?? '',
    workingDirectory: value(action, 'WorkingDirectory') ?? '',
  };
}

/** Parses a task as we write it, or as `schtasks /query /xml` prints it. Never throws: an invalid task is a result. */
export function parseTask(xml: string): ParsedTask {
  const source = xml.replace(/^\ufeff/, '').trim();
  const checked = XMLValidator.validate(source);
  if (checked !== true) return { kind: 'invalid', why: checked.err.msg };
  const document = parser.parse(source) as XmlNode;
  const roots = Object.keys(document).filter((name) => name !== '#text');
  if (roots.length !== 1 || children(document, 'Task').length !== 1) {
    return { kind: 'invalid', why: 'not one Task element' };
  }
  const task = taskOf(child(document, 'Task') as XmlNode);
  return task === undefined
    ? { kind: 'invalid', why: 'no action that runs a command' }
    : { kind: 'task', task };
}
