import { type Element, printXml } from './xml.ts';

/** What the export leaves out because it says the default. See test/fixtures/schtasks/task-xml-export-facts.md */
const defaults: Readonly<Record<string, string>> = {
  'LogonTrigger/Enabled': 'true',
  'TimeTrigger/Enabled': 'true',
  'Settings/Enabled': 'true',
  'Settings/AllowStartOnDemand': 'true',
  'Settings/StartWhenAvailable': 'false',
  'Settings/RunOnlyIfNetworkAvailable': 'false',
  'Settings/ExecutionTimeLimit': 'PT72H',
  'Settings/Priority': '7',
  'Principal/RunLevel': 'LeastPrivilege',
};

function canonical(element: Element, account: string): Element {
  const kept = element.children.filter((child) => defaults[`${element.name}/${child.name}`] !== child.text);
  const children = kept.map((child) =>
    // Triggers come back with the account's name, whatever they were registered with.
    element.name === 'LogonTrigger' && child.name === 'UserId'
      ? { ...child, text: account }
      : canonical(child, account),
  );
  return { ...element, children };
}

/** What `schtasks /query /xml` prints of a task, before it is encoded. */
export function exportTask(task: Element, account: string): string {
  return `<?xml version="1.0" encoding="UTF-16"?>\r\n${printXml(canonical(task, account))}\r\n`;
}
