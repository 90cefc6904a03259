// Records how Task Scheduler and the tools of this Windows behave, for the tests of memoryd. See
// docs/capturing-windows.md.
// Runs as you, without elevation. Registers temporary tasks named \memoryd-capture…, and removes them again.
// Usage: node scripts/run.mjs scripts/capture-windows.ts [directory]
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { release } from 'node:os';
import { join, win32 } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf } from '../src/errors.ts';
import { commandLine } from '../src/platform/task-scheduler/escape.ts';
import { actionOf, renderTask } from '../src/platform/task-scheduler/render.ts';
import { shellLink } from '../src/platform/task-scheduler/shell-link.ts';
import type { UnitSpec } from '../src/service/unit.ts';
import { systemExec } from '../src/system/exec.ts';
import { systemProcesses } from '../src/system/processes.ts';
import { whoami } from '../src/system/sid.ts';
import { waitFor } from '../src/system/wait.ts';
import { file, note, out, record, schtasks, sid, user, work } from './capture-windows-recorder.ts';

const task = '\\memoryd-capture';
const systemRoot = process.env.SystemRoot ?? 'C:\\Windows';

const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');

/** A service whose program records its arguments and keeps running. */
function taskSpec(args: readonly string[]): UnitSpec {
  return {
    service: 'capture',
    description: 'capture "quotes" & <brackets> é',
    argv: [process.execPath, ...args],
    workingDirectory: work,
    listen: { host: '127.0.0.1', port: 0 },
    startTimeoutSecs: 1,
    stopTimeoutSecs: 1,
    sandbox: 'off',
    startAtLogin: true,
    user: { name: user, uid: -1, home: work },
    directories: { config: work, state: work, logs: work },
  };
}

/** A task like ours, without cmd.exe: what that makes of arguments is a question of its own. */
function taskXml(args: readonly string[], change: (xml: string) => string = (xml) => xml): Uint8Array {
  const { content } = renderTask(taskSpec(args), sid, { systemRoot, cmd: 'forbidden' });
  return utf16(change(content));
}

const received = join(work, 'argv.json');
const script = file(
  'child.cjs',
  "const fs = require('fs'); fs.writeFileSync(process.argv[2] + '.part', JSON.stringify({ pid: process.pid, argv: process.argv.slice(3), options: process.env.NODE_OPTIONS })); fs.renameSync(process.argv[2] + '.part', process.argv[2]); setTimeout(() => process.exit(3), 60000);",
);
const hostile = ['a b', 'c"d', 'ends \\', 'é日本', '', "it's", '&|<>^!', 'half"', '--', '0x10'];

const same = (argv: readonly string[]) =>
  JSON.stringify(argv) === JSON.stringify(hostile) ? 'as they are' : JSON.stringify(argv);

async function child(): Promise<{ pid: number; argv: string[]; options?: string } | undefined> {
  await waitFor(() => existsSync(received), 10_000, 100);
  return existsSync(received) ? JSON.parse(readFileSync(received, 'utf8')) : undefined;
}

async function refusals(): Promise<void> {
  await schtasks('query-absent', '/query', '/tn', task, '/xml');
  await schtasks('query-no-folder', '/query', '/tn', '\\memoryd-none\\x', '/xml');
  for (const verb of ['/run', '/end', '/delete']) {
    await schtasks(`absent-${verb.slice(1)}`, verb, '/tn', task, ...(verb === '/delete' ? ['/f'] : []));
  }
  const own = `<UserId>${sid}</UserId>`;
  const variants: [string, Uint8Array][] = [
    ['utf8', Buffer.from(taskXml([script]).slice(2).toString())],
    ['not-xml', utf16('<Task')],
    ['out-of-range', taskXml([script], (xml) => xml.replace('<Priority>5', '<Priority>55'))],
    [
      'any-user-logon',
      taskXml([script], (xml) => xml.replace(/(<LogonTrigger>\s*)<UserId>.*?<\/UserId>/, '$1')),
    ],
    ['boot-trigger', taskXml([script], (xml) => xml.replace('<Triggers>', '<Triggers><BootTrigger/>'))],
    ['highest', taskXml([script], (xml) => xml.replace('LeastPrivilege', 'HighestAvailable'))],
    ['s4u', taskXml([script], (xml) => xml.replace('InteractiveToken', 'S4U'))],
    ['local-system', taskXml([script], (xml) => xml.replaceAll(own, '<UserId>S-1-5-18</UserId>'))],
  ];
  for (const [name, bytes] of variants) {
    await schtasks(
      `create-${name}`,
      '/create',
      '/tn',
      `${task}-${name}`,
      '/xml',
      file(`${name}.xml`, bytes),
      '/f',
    );
    await systemExec.run(['schtasks', '/delete', '/tn', `${task}-${name}`, '/f']);
  }
}

/** Starts, runs and ends tasks, and records the results. */
async function run(): Promise<void> {
  await schtasks('run', '/run', '/tn', task);
  const first = await child();
  if (first === undefined) return note('does the task run', 'no');
  const [variable, parameter] = first.argv.splice(hostile.length);
  note('arguments through conhost', same(first.argv));
  note('%USERNAME% and $(Arg0) in arguments', `${variable} ${parameter}`);
  await schtasks('query-rows-running', '/query', '/tn', task, '/fo', 'csv', '/v', '/nh');
  await record('tasklist', 'tasklist', '/fi', `PID eq ${first.pid}`, '/fo', 'csv', '/nh');
  await schtasks('run-running', '/run', '/tn', task);
  await schtasks('end', '/end', '/tn', task);
  rmSync(received);
  await schtasks('run-after-end', '/run', '/tn', task);
  note('is a /run right after /end dropped', (await child()) === undefined ? 'yes' : 'no');
  note('does the child of conhost outlive /end', systemProcesses.alive(first.pid) ? 'yes' : 'no');
  await record('taskkill', 'taskkill', '/pid', String(first.pid), '/t', '/f');
  await schtasks('end-again', '/end', '/tn', task);
  await schtasks('query-rows-ended', '/query', '/tn', task, '/fo', 'csv', '/v', '/nh');
}

async function life(): Promise<void> {
  const xml = taskXml([script, received, ...hostile, 'VARIABLES'], (text) =>
    text.replace('VARIABLES', '%USERNAME% $(Arg0)'),
  );
  const path = file('task.xml', xml);
  await schtasks('create', '/create', '/tn', task, '/xml', path);
  await schtasks('create-exists', '/create', '/tn', task, '/xml', path);
  await delay(5000);
  note('does the watchdog fire at registration', existsSync(received) ? 'yes' : 'no');
  await schtasks('query-xml', '/query', '/tn', task, '/xml');
  await schtasks('query-rows-idle', '/query', '/tn', task, '/fo', 'csv', '/v', '/nh');
  const stored = join(systemRoot, 'System32', 'Tasks', task.slice(1));
  note('may the user read the stored task', existsSync(stored) ? 'yes' : 'no');
  await schtasks('end-idle', '/end', '/tn', task);
  await run();
  await schtasks('disable', '/change', '/tn', task, '/disable');
  await schtasks('query-xml-disabled', '/query', '/tn', task, '/xml');
  await schtasks('run-disabled', '/run', '/tn', task);
  await schtasks('delete', '/delete', '/tn', task, '/f');
}

async function shortcut(): Promise<void> {
  rmSync(received, { force: true });
  const line = commandLine(['--headless', process.execPath, script, received, ...hostile]);
  const path = file(
    'capture.lnk',
    shellLink({
      command: join(systemRoot, 'System32', 'conhost.exe'),
      arguments: line,
      workingDirectory: work,
    }),
  );
  if ((await record('explorer-lnk', 'explorer.exe', path)) === 'missing') return;
  const seen = await child();
  note('does Explorer follow our shortcut', seen === undefined ? 'no' : same(seen.argv));
  if (seen !== undefined) await systemExec.run(['taskkill', '/pid', String(seen.pid), '/t', '/f']);
}

/** The action of a task, from an environment with NODE_OPTIONS and with a script whose path cmd.exe must not split. */
async function throughCmd(): Promise<void> {
  rmSync(received, { force: true });
  mkdirSync(join(work, 'R&D(x86)'));
  const odd = join(work, 'R&D(x86)', 'child.cjs');
  copyFileSync(script, odd);
  const action = actionOf(taskSpec([odd, received, ...hostile]), { systemRoot, cmd: 'usable' });
  const started = systemExec.spawn([win32.basename(action.command), action.arguments], {
    cwd: work,
    detached: true,
    env: { ...process.env, NODE_OPTIONS: '--title=injected' },
    stdio: 'ignore',
    windowsVerbatimArguments: true,
  });
  started.once('error', () => undefined);
  const seen = await child();
  if (seen === undefined) return note('does the task run behind cmd', 'no');
  note('arguments through conhost and cmd', same(seen.argv.slice(0, hostile.length)));
  note('NODE_OPTIONS behind cmd', seen.options ?? 'removed');
  await systemExec.run(['taskkill', '/pid', String(seen.pid), '/t', '/f']);
}

async function small(): Promise<void> {
  await record('whoami', whoami(), '/user', '/fo', 'csv', '/nh');
  await record('tasklist-none', 'tasklist', '/fi', 'PID eq 999999', '/fo', 'csv', '/nh');
  await record('taskkill-none', 'taskkill', '/pid', '999999', '/t', '/f');
  await record('netsh-excluded', 'netsh', 'interface', 'ipv4', 'show', 'excludedportrange', 'protocol=tcp');
  await record('icacls-reset', 'icacls', work, '/reset');
  await record(
    'icacls-grant',
    'icacls',
    work,
    '/inheritance:r',
    '/grant:r',
    `*${sid}:(OI)(CI)(F)`,
    '*S-1-5-18:(OI)(CI)(F)',
  );
  await record('icacls-show', 'icacls', work);
  const held = openSync(file('held', 'old'), 'r');
  try {
    renameSync(file('new', 'new'), join(work, 'held'));
    note('replacing an open file', 'works');
  } catch (error) {
    note('replacing an open file', String(codeOf(error)));
  }
  closeSync(held);
}

try {
  note('windows', `${release()}, node ${process.version}`);
  await small();
  await refusals();
  await life();
  await shortcut();
  await throughCmd();
} finally {
  await systemExec.run(['schtasks', '/delete', '/tn', task, '/f']);
  rmSync(work, { recursive: true, force: true, maxRetries: 10 });
}
console.log(`recorded in ${out}: look through it before you share it`);
