import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Answer, answer, type Call } from '../../simulators/windows/call.ts';
import { windowsArguments } from '../../simulators/windows/command-line.ts';

/*
 * What a migration of a Windows service sees of Windows: sc.exe, whoami, icacls and a PowerShell that can do nothing
 * but start something elevated. Services are real processes. Who is elevated has other tools on the PATH.
 */

export interface Service {
  name: string;
  /** What it runs; `stubborn` ones never stop, `undeletable` ones cannot be deleted. */
  argv: [string, ...string[]];
  stubborn?: boolean;
  undeletable?: boolean;
}

export interface Services {
  /** For the user's part. */
  env: Record<string, string>;
  sid: string;
  /** Below it only administrators write; each elevated run has a directory there. */
  programFiles: string;
  /** Told of each file once it is copied for the elevated run. */
  meddle(how: (from: string) => void): void;
  /** Says no to everybody who asks to be elevated from now on. */
  deny(): void;
  running(name: string): boolean;
  exists(name: string): boolean;
  /** The home of the account that is elevated. */
  administrator: string;
  /** argv of every tool call, the elevated ones marked. */
  calls: string[];
  /** Elevated runs, to wait for or to kill. */
  elevated: ChildProcess[];
  stop(): Promise<void>;
}

const sid = 'S-1-5-21-1004336348-1177238915-682003330-1001';
const client = pathToFileURL(join(import.meta.dirname, '../../simulators/windows/client.mjs')).href;

function writeTools(directory: string, socket: string): void {
  mkdirSync(directory, { recursive: true });
  for (const tool of ['sc.exe', 'whoami', 'icacls', 'powershell']) {
    const program = `#!${process.execPath}\nimport(${JSON.stringify(client)}).then((it) => it.standIn(${JSON.stringify(socket)}));\n`;
    writeFileSync(join(directory, tool), program, { mode: 0o755 });
  }
}

/** What Start-Process is to run elevated: PowerShell, with the script that its argument holds. */
function elevatedScript(command: string): string {
  const code =
    /-FilePath \(\[IO\.Path\]::Combine\(\[Environment\]::SystemDirectory, .*-EncodedCommand ([A-Za-z0-9+/=]+)'$/.exec(
      command,
    )?.[1];
  return Buffer.from(code ?? '', 'base64').toString('utf16le');
}

/** The literals of a line of PowerShell's. */
const literals = (line: string | undefined): string[] =>
  [...(line ?? '').matchAll(/'((?:[^']|'')*)'/g)].map(([, text = '']) => text.replaceAll("''", "'"));

/** What the elevated script says: see install/elevated/wrapper.ts. */
function readWrapper(script: string) {
  const at = (start: string) => script.split('\n').find((line) => line.trim().startsWith(start));
  const words = literals(at('foreach'));
  return {
    name: literals(at('$own ='))[1] ?? '',
    files: [words.slice(0, 3), words.slice(3, 6)] as [string, string, string][],
    args: windowsArguments(literals(at('$start.Arguments')).at(-1) ?? ''),
  };
}

const hashOf = (path: string): string =>
  createHash('sha256').update(readFileSync(path)).digest('hex').toUpperCase();

/** Starts the machine with its services running. `dir` is an empty directory of the test's. */
export async function startServices(dir: string, services: Service[]): Promise<Services> {
  const socketDirectory = mkdtempSync(join(tmpdir(), 'services-'));
  const running = new Map<string, ChildProcess>();
  const there = new Map(services.map((one) => [one.name.toLowerCase(), one]));
  const programFiles = join(dir, 'Program Files');
  const bins = { user: join(dir, 'bin'), elevated: join(dir, 'bin-elevated') };
  const env = (bin: string) => ({
    PATH: [bin, process.env.PATH ?? ''].join(delimiter),
    TEMP: dir,
    SystemRoot: join(dir, 'Windows'),
    ProgramFiles: programFiles,
  });
  // Whoever said yes when Windows asked: another account, with another home.
  const administrator = join(dir, 'Users', 'admin');
  const asAdministrator = {
    USERNAME: 'admin',
    HOME: administrator,
    USERPROFILE: administrator,
    LOCALAPPDATA: administrator,
    APPDATA: administrator,
  };
  const calls: string[] = [];
  const elevated: ChildProcess[] = [];
  let denied = false;
  let meddle: ((from: string) => void) | undefined;

  const start = (service: Service) => {
    const child = spawn(service.argv[0], service.argv.slice(1), { stdio: 'ignore' });
    running.set(service.name.toLowerCase(), child);
    child.once('exit', () => {
      if (running.get(service.name.toLowerCase()) === child) running.delete(service.name.toLowerCase());
    });
  };

  function query(service: Service): Answer {
    const child = running.get(service.name.toLowerCase());
    const lines = [
      `SERVICE_NAME: ${service.name}`,
      '        TYPE               : 10  WIN32_OWN_PROCESS',
      `        STATE              : ${child ? '4  RUNNING' : '1  STOPPED'}`,
      '        WIN32_EXIT_CODE    : 0  (0x0)',
      '        SERVICE_EXIT_CODE  : 0  (0x0)',
      '        CHECKPOINT         : 0x0',
      '        WAIT_HINT          : 0x0',
      `        PID                : ${child?.pid ?? 0}`,
    ];
    return answer(0, `${lines.join('\r\n')}\r\n`);
  }

  function sc([verb = '', name = '']: string[], mayChange: boolean): Answer {
    const service = there.get(name.toLowerCase());
    if (service === undefined) return answer(1060);
    const child = running.get(name.toLowerCase());
    if (verb === 'queryex') return query(service);
    if (!mayChange) return answer(5, '', 'Access is denied.\r\n');
    if (verb === 'stop' && child === undefined) return answer(1062);
    if (verb === 'stop' && service.stubborn !== true) child?.kill('SIGTERM');
    if (verb === 'start' && child !== undefined) return answer(1056);
    if (verb === 'start') start(service);
    if (verb === 'delete' && service.undeletable === true) return answer(5, '', 'Access is denied.\r\n');
    if (verb === 'delete') there.delete(name.toLowerCase());
    return answer(0);
  }

  function powershell(script: string): Answer {
    if (denied) return answer(1, '', 'Start-Process : The operation was canceled by the user.\r\n');
    const { name, files, args } = readWrapper(elevatedScript(script));
    const own = join(programFiles, name);
    mkdirSync(join(own, 'program'), { recursive: true });
    for (const [from, as, sha256] of files) {
      const to = join(own, 'program', as);
      copyFileSync(from, to);
      meddle?.(from);
      // Start-Process has come back by then: what fails in the new window, nobody hears.
      if (hashOf(to) !== sha256) {
        rmSync(own, { recursive: true });
        return answer(0);
      }
    }
    const [node = '', main = ''] = files.map(([, as]) => join(own, 'program', as));
    // On its own, as ShellExecute starts it; whoever asked for it may be killed.
    const child = spawn(node, [main, '--own', own, ...args, '--patience', '1500'], {
      env: { ...env(bins.elevated), ...asAdministrator },
      stdio: 'ignore',
      detached: true,
    });
    child.once('exit', () => rmSync(own, { recursive: true, force: true }));
    elevated.push(child);
    return answer(0);
  }

  function handle({ tool, args }: Call, who: keyof typeof bins): Answer {
    calls.push([who === 'elevated' ? 'elevated' : '', tool, ...args].filter(Boolean).join(' '));
    if (tool === 'sc') return sc(args, who === 'elevated');
    if (tool === 'whoami') return answer(0, `"desktop\\alice","${sid}"\r\n`);
    if (tool === 'powershell') return powershell(args.at(-1) ?? '');
    return answer(0);
  }

  const servers = await Promise.all(
    (['user', 'elevated'] as const).map(async (who) => {
      const socket = join(socketDirectory, who);
      writeTools(bins[who], socket);
      const server: Server = createServer((connection) => {
        let text = '';
        connection.on('error', () => connection.destroy());
        connection.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
          if (text.endsWith('\n')) connection.end(JSON.stringify(handle(JSON.parse(text) as Call, who)));
        });
      });
      await new Promise<void>((resolve) => server.listen(socket, resolve));
      return server;
    }),
  );
  for (const service of services) start(service);
  return {
    env: env(bins.user),
    sid,
    programFiles,
    meddle(how) {
      meddle = how;
    },
    deny() {
      denied = true;
    },
    running: (name) => running.has(name.toLowerCase()),
    exists: (name) => there.has(name.toLowerCase()),
    administrator,
    calls,
    elevated,
    async stop() {
      for (const child of [...elevated, ...running.values()]) child.kill('SIGKILL');
      for (const server of servers) await new Promise((resolve) => server.close(resolve));
      rmSync(socketDirectory, { recursive: true, force: true });
    },
  };
}
