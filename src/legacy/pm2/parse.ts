import type { Pm2App } from '../finding.ts';

type Saved = Record<string, unknown>;

const isObject = (value: unknown): value is Saved =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

const words = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((word) => typeof word === 'string') : [];

/** Reads the text of dump.pm2. Gives `undefined` when it is not a JSON array. */
export function readDump(source: string): Saved[] | undefined {
  try {
    const value: unknown = JSON.parse(source);
    return Array.isArray(value) ? value.filter(isObject) : undefined;
  } catch {
    return undefined;
  }
}

/** One process in the output of `pm2 jlist`. */
export interface Pm2Process extends Pm2App {
  id: number;
  name: string;
  pid: number;
  status: string;
}

/**
 * Reads the output of `pm2 jlist`: one JSON array, after any messages of PM2. Each process gets the fields that `pm2
 * save` would write. PM2's own modules are left out. Gives `undefined` when there is no such array.
 */
export function readJlist(output: string): Pm2Process[] | undefined {
  const line = output.split('\n').findLast((one) => one.startsWith('['));
  const list = line === undefined ? undefined : readDump(line);
  return list?.flatMap((entry): Pm2Process[] => {
    const { name, pm_id: id, pid, pm2_env: env } = entry;
    if (typeof name !== 'string' || typeof id !== 'number' || !isObject(env) || env.pmx_module) return [];
    const { instances: _instances, pm_id: _id, prev_restart_delay: _delay, ...saved } = env;
    return [
      { id, name, pid: typeof pid === 'number' ? pid : 0, status: text(env.status) ?? 'unknown', saved },
    ];
  });
}

/** Gives the argv that PM2 starts for a saved app. Gives `undefined` when it has no script. */
export function commandOf(saved: Saved): [string, ...string[]] | undefined {
  const script = text(saved.pm_exec_path);
  if (script === undefined) return undefined;
  const interpreter = text(saved.exec_interpreter) ?? 'none';
  const args = typeof saved.args === 'string' ? saved.args.split(/\s+/) : words(saved.args);
  if (interpreter === 'none') return [script, ...args];
  return [interpreter, ...words(saved.node_args), script, ...args];
}

/** Gives the working directory of a saved app, if it has one. */
export function directoryOf(saved: Saved): string | undefined {
  return text(saved.pm_cwd);
}

/** Variables that belong to the shell that ran `pm2 start`, or to PM2, and not to the app. */
const notTheApps = [
  /^(PM2|SSH|SUDO|TMUX|VSCODE|GPG|DBUS|TERM|LESS|npm)_/,
  /^XDG_(SESSION|RUNTIME|SEAT|VTNR)/,
  /^(PWD|OLDPWD|SHLVL|_|TERM|COLORTERM|LS_COLORS|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|WINDOWID|TMUX|STY)$/,
  /^(USER|LOGNAME|HOME|SHELL|HOSTNAME|MAIL|EDITOR|INIT_CWD|unique_id|NODE_APP_INSTANCE)$/,
];

/** Gives the environment of the app. PM2 saves the whole environment of the shell, mixed with its own fields. */
export function environmentOf(saved: Saved): Record<string, string> {
  const all = isObject(saved.env) ? saved.env : {};
  const kept = Object.entries(all).filter(
    ([name, value]) =>
      typeof value === 'string' &&
      /^[A-Za-z_]\w*$/.test(name) &&
      !notTheApps.some((pattern) => pattern.test(name)),
  );
  return Object.fromEntries(kept) as Record<string, string>;
}
