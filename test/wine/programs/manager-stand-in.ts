// Loaded by copies of Node that stand in for the tools Wine lacks or has only in part: schtasks (no /query, /run, /end,
// /hresult), whoami (no SIDs) and icacls. Keeps one task in the directory STAND_IN. Does nothing in any other program.
import { existsSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join, win32 } from 'node:path';

const [absent, running, ready] = [0x80070002, 267_009, 267_008];
const directory = process.env.STAND_IN ?? '';
/** The registered task; the command line to start; whether it runs, which the test knows. */
const [xml, asked, runs] = ['task.xml', 'asked', 'runs'].map((name) => join(directory, name)) as [
  string,
  string,
  string,
];
// Node takes the first argument for a path.
const [first = '', ...others] = process.argv.slice(1);
const args = [`/${win32.basename(first)}`, ...others];
const value = (flag: string): string => args[args.indexOf(flag) + 1] ?? '';

/** Leaves the command line for the test, which starts it: what this process starts has no console. */
function run(): void {
  const line = /<Arguments>(.*)<\/Arguments>/.exec(readFileSync(xml, 'utf16le'))?.[1] ?? '';
  const entities = { '&quot;': '"', '&apos;': "'", '&lt;': '<', '&gt;': '>', '&amp;': '&' };
  writeFileSync(
    asked,
    line.replaceAll(/&\w+;/g, (entity) => entities[entity as keyof typeof entities] ?? entity),
  );
}

function query(): void {
  if (args.includes('/xml')) writeSync(1, readFileSync(xml));
  else
    writeSync(
      1,
      `"PC","${value('/tn')}","N/A","","","N/A","${existsSync(runs) || existsSync(asked) ? running : ready}"\r\n`,
    );
}

function schtasks(): number {
  if (args.includes('/create')) writeFileSync(xml, readFileSync(value('/xml')));
  else if (!existsSync(xml)) return absent;
  else if (args.includes('/query')) query();
  else if (args.includes('/run')) run();
  else if (args.includes('/delete')) rmSync(xml);
  return 0;
}

switch (win32.basename(process.execPath)) {
  case 'schtasks.exe':
    process.exit(schtasks() | 0);
    break;
  case 'whoami.exe':
    writeSync(1, '"pc\\user","S-1-5-21-1004336348-1177238915-682003330-1001"\r\n');
    process.exit(0);
    break;
  case 'icacls.exe':
    process.exit(0);
}
