import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Answer, answer, type Call } from './call.ts';
import { phrase } from './locale.ts';
import type { Machine } from './machine.ts';
import { end, processes, treeOf } from './processes.ts';

/*
 * The small tools. What they print beside the parts that we read is not recorded anywhere and is kept short.
 */

const crlf = Buffer.from('\r\n');

function flagValue(args: readonly string[], flag: string): string {
  const index = args.findIndex((one) => one.toLowerCase() === flag);
  return index < 0 ? '' : (args[index + 1] ?? '');
}

export function whoami({ options }: Machine): Answer {
  return answer(0, `"${options.account.toLowerCase()}","${options.sid}"\r\n`);
}

/** Only /pid is known: killing by name is nothing that we ever do. */
export function taskkill({ options }: Machine, { args }: Call): Answer {
  const pid = Number(flagValue(args, '/pid'));
  const tree = treeOf(pid);
  if (tree.length === 0) return answer(128, '', Buffer.concat([phrase(options.locale, 'not found'), crlf]));
  // Without /f it sends WM_CLOSE, which a console program without a window never sees.
  if (!args.some((one) => one.toLowerCase() === '/f')) return answer(1, '', phrase(options.locale, 'failed'));
  const whole = args.some((one) => one.toLowerCase() === '/t');
  for (const one of whole ? tree : [pid]) end(one);
  return answer(0, Buffer.concat([phrase(options.locale, 'success'), crlf]));
}

/** `/fi "PID eq N" /fo csv /nh`. Exit code 0 whether there is such a process or not. */
export function tasklist({ options }: Machine, { args }: Call): Answer {
  const pid = Number(/^PID eq (\d+)$/i.exec(flagValue(args, '/fi'))?.[1]);
  const found = processes().find((one) => one.pid === pid);
  if (found === undefined) return answer(0, Buffer.concat([phrase(options.locale, 'no process'), crlf]));
  const image = /node|MainThread/.test(found.name) ? 'node.exe' : `${found.name}.exe`;
  return answer(0, `"${image}","${pid}","Console","1","45,000 K"\r\n`);
}

/** Who may open what, by path, as /grant said it. */
export type AccessLists = Map<string, string[]>;

export function icacls(access: AccessLists, { args, cwd }: Call): Answer {
  const path = resolve(cwd, args[0] ?? '');
  if (!existsSync(path)) return answer(2, '', `${path}: The system cannot find the file specified.\r\n`);
  const grants = args.filter((one) => /^\*S-1-/.test(one));
  if (args.includes('/reset')) access.delete(path);
  else if (grants.length > 0) access.set(path, grants);
  return answer(0, 'Successfully processed 1 files; Failed processing 0 files\r\n');
}

/** `netsh interface ipv4 show excludedportrange protocol=tcp` */
export function netsh(excluded: readonly (readonly [number, number])[]): Answer {
  const rows = excluded.map(([from, to]) => `${String(from).padStart(10)}${String(to).padStart(12)}`);
  return answer(
    0,
    ['', 'Protocol tcp Port Exclusion Ranges', '', 'Start Port    End Port', ...rows, ''].join('\r\n'),
  );
}
