import { readdir, readFile } from 'node:fs/promises';
import { codeOf } from '../../src/errors.ts';
import { type Argv, systemExec } from '../../src/system/exec.ts';

export interface Seen {
  pid: number;
  /** Its arguments, parted by spaces. */
  line: string;
}

async function onLinux(): Promise<Seen[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return Promise.all(
    pids.map(async (pid) => {
      try {
        const line = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
        return { pid: Number(pid), line };
      } catch (error) {
        // It ended while we looked.
        if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ESRCH') return { pid: Number(pid), line: '' };
        throw error;
      }
    }),
  );
}

/** Lines of a pid and a command line. */
async function listed(argv: Argv): Promise<Seen[]> {
  const result = await systemExec.run(argv, { timeoutMs: 60_000 });
  if (result.kind !== 'exited' || result.code !== 0) throw new Error(`${argv[0]}: ${JSON.stringify(result)}`);
  return result.stdout.split(/\r?\n/).flatMap((text) => {
    const [, pid, line = ''] = /^\s*(\d+)\s+(.*)$/.exec(text) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), line }];
  });
}

const windowsScript =
  'Get-CimInstance Win32_Process | Where-Object Name -ne "conhost.exe" | ForEach-Object { "$($_.ProcessId) $($_.CommandLine)" }';

function all(): Promise<Seen[]> {
  if (process.platform === 'linux') return onLinux();
  return process.platform === 'win32'
    ? listed(['powershell', '-NoProfile', '-Command', windowsScript])
    : listed(['ps', '-axww', '-o', 'pid=,args=']);
}

/** The processes that a unit of `service` has brought about: hosts and their supervisors. */
export async function hostsOf(service: string): Promise<Seen[]> {
  const seen = await all();
  return seen.filter(({ line }) => `${line} `.includes(` host ${service} `));
}

/** SIGKILL for each; one that is gone already is fine. */
export function killAll(processes: readonly Pick<Seen, 'pid'>[]): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if (codeOf(error) !== 'ESRCH') throw error;
    }
  }
}
