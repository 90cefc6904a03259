import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Answer, Call, JournalEntry } from './call.ts';
import { type Fault, Journal } from './journal.ts';
import type { LocaleName } from './locale.ts';
import { Machine, type Task } from './machine.ts';
import { Reg } from './reg.ts';
import { Schtasks, type XmlOutput } from './schtasks.ts';
import { readShortcut } from './shell-link.ts';
import { type AccessLists, icacls, netsh, taskkill, tasklist, whoami } from './tools.ts';
import { parseXml } from './xml.ts';

/*
 * A Windows machine for Linux: its tools as programs on PATH, really running processes, the rules of Task Scheduler
 * for a standard user. One user, one session. What it enforces is listed in docs/backends/task-scheduler.md.
 */

export interface WindowsOptions {
  /** An empty directory for its files: the tools, the profile. */
  dir: string;
  /** Default: whoever runs the tests, as that is who the programs run as. */
  user?: string;
  sid?: string;
  host?: string;
  locale?: LocaleName;
  /** What `schtasks /query /xml` prints into a pipe. */
  xmlOutput?: XmlOutput;
  /** Added to the environment of the session, and so of everything that tasks start. */
  env?: Readonly<Record<string, string>>;
  /** Port ranges that netsh shows as excluded. */
  excluded?: readonly (readonly [number, number])[];
}

export interface Windows {
  /** For every command of ours: the tools on PATH, the profile's directories. */
  env: Record<string, string>;
  sid: string;
  account: string;
  reg: Reg;
  access: AccessLists;
  /** The journal of all calls so far. */
  calls(): JournalEntry[];
  /** Puts a fault in; gives what takes it out again. */
  fault(fault: Fault): () => void;
  /** Signs the user in: logon triggers, Startup folder, Run key. */
  logon(): void;
  /** Ends every process of the session at once, as Windows does. */
  logoff(): void;
  /** Log-off for everybody, and time passes; nobody is signed in afterwards. */
  reboot(): void;
  /** Lets minutes pass: repeating triggers fire, time limits strike. */
  tick(minutes?: number): void;
  power(source: 'battery' | 'mains'): void;
  task(name: string): Task | undefined;
  taskNames(): string[];
  /** Registers a task behind everybody's back: another user's, or one of an elevated prompt. */
  plant(name: string, xml: string, how?: { owner?: string; closed?: boolean }): void;
  /** What a person does in the Task Scheduler window. */
  setEnabled(name: string, enabled: boolean): void;
  stop(): Promise<void>;
}

const tools = ['schtasks', 'whoami', 'taskkill', 'tasklist', 'icacls', 'netsh', 'reg'] as const;

/** A program of this name that runs a function of ours: Node finds no shebang options, so the rest is inside. */
function writeProgram(path: string, module: string, call: string): void {
  const url = pathToFileURL(join(import.meta.dirname, module)).href;
  writeFileSync(path, `#!${process.execPath}\nimport(${JSON.stringify(url)}).then((it) => it.${call});\n`, {
    mode: 0o755,
  });
}

function serve(socket: Socket, handle: (call: Call) => Answer | undefined): void {
  let text = '';
  socket.setEncoding('utf8');
  // A caller that was killed.
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: string) => {
    text += chunk;
    if (!text.endsWith('\n')) return;
    const reply = handle(JSON.parse(text));
    if (reply !== undefined) socket.end(JSON.stringify(reply));
  });
}

function startItems(machine: Machine, reg: Reg, startup: string): void {
  for (const name of readdirSync(startup).filter((one) => one.endsWith('.lnk'))) {
    const link = readShortcut(readFileSync(join(startup, name)));
    machine.launch(link.target, link.arguments, link.workingDirectory);
  }
  for (const line of reg.list('HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run')) {
    const [, quoted, bare, rest = ''] = /^(?:"([^"]+)"|(\S+))\s*(.*)$/.exec(line) ?? [];
    machine.launch(quoted ?? bare ?? '', rest, undefined);
  }
}

/** Starts the machine with its user signed in. */
export async function startWindows(options: WindowsOptions): Promise<Windows> {
  const { dir, user = userInfo().username, sid = 'S-1-5-21-1004336348-1177238915-682003330-1001' } = options;
  const host = options.host ?? 'DESKTOP-1';
  const account = `${host}\\${user}`;
  const bin = join(dir, 'System32');
  const profile = join(dir, 'Users', user);
  const appData = join(profile, 'AppData', 'Roaming');
  const startup = join(appData, 'Microsoft', 'Windows', 'Start Menu', 'Programs', 'Startup');
  for (const path of [bin, startup, join(profile, 'AppData', 'Local')]) mkdirSync(path, { recursive: true });

  // In a directory of its own: the path of a socket must be short.
  const socketDirectory = mkdtempSync(join(tmpdir(), 'windows-'));
  const socket = join(socketDirectory, 's');
  const install = (tool: string) =>
    writeProgram(join(bin, tool), 'client.mjs', `standIn(${JSON.stringify(socket)})`);
  tools.forEach(install);
  writeProgram(join(bin, 'conhost.exe'), 'conhost.ts', 'conhost()');
  writeProgram(join(bin, 'cmd.exe'), 'cmd.ts', 'cmd()');

  const mark = `WINDOWS_SESSION=${socketDirectory}`;
  const env: Record<string, string> = {
    PATH: [bin, process.env.PATH ?? ''].join(delimiter),
    HOME: profile,
    USERPROFILE: profile,
    USERNAME: user,
    USERDOMAIN: host,
    APPDATA: appData,
    LOCALAPPDATA: join(profile, 'AppData', 'Local'),
    SystemRoot: 'C:\\Windows',
    WINDOWS_SESSION: socketDirectory,
    ...options.env,
  };
  const machine = new Machine({ bin, host, account, sid, locale: options.locale ?? 'en', env, mark });
  const schtasks = new Schtasks(machine, options.xmlOutput ?? 'utf16-bom');
  const reg = new Reg();
  const access: AccessLists = new Map();
  const run: Record<string, (call: Call) => Answer | undefined> = {
    schtasks: (call) => schtasks.run(call),
    whoami: () => whoami(machine),
    taskkill: (call) => taskkill(machine, call),
    tasklist: (call) => tasklist(machine, call),
    icacls: (call) => icacls(access, call),
    netsh: () => netsh(options.excluded ?? []),
    reg: (call) => reg.run(call),
  };
  const journal = new Journal();
  const server: Server = createServer((connection) =>
    serve(connection, (call) => journal.handle(call, run[call.tool] as (call: Call) => Answer)),
  );
  const connections = new Set<Socket>();
  server.on('connection', (connection) => {
    connections.add(connection);
    connection.once('close', () => connections.delete(connection));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));

  const known = (name: string) => {
    const task = machine.find(name);
    if (task === undefined) throw new Error(`no task ${name}`);
    return task;
  };
  return {
    env,
    sid,
    account,
    reg,
    access,
    calls: () => [...journal.entries],
    fault(fault) {
      if (fault.effect !== 'missing') return journal.fault(fault);
      rmSync(join(bin, fault.tool));
      return () => install(fault.tool);
    },
    logon() {
      machine.loggedOn = true;
      machine.fire('LogonTrigger');
      startItems(machine, reg, startup);
    },
    logoff: () => machine.endSession(),
    reboot() {
      machine.endSession();
      machine.now += 60_000;
    },
    tick: (minutes = 5) => machine.pass(minutes),
    power: (source) => machine.power(source === 'battery'),
    task: (name) => machine.find(name),
    taskNames: () => [...machine.tasks.values()].map(({ name }) => name),
    plant: (name, xml, { owner = sid, closed = false } = {}) =>
      void machine.add(name, parseXml(xml), owner, closed),
    setEnabled: (name, enabled) => schtasks.setEnabled(known(name), enabled),
    async stop() {
      machine.endSession();
      for (const connection of connections) connection.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(socketDirectory, { recursive: true, force: true });
    },
  };
}
