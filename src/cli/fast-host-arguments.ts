import type { RootOptions } from '../install/this-machine.ts';

/** The arguments of `host` in a unit. */
export interface FastHostArguments {
  name: string;
  roots: RootOptions;
  supervise: boolean;
  revived: boolean;
}

const roots = {
  '--config-dir': 'configDir',
  '--data-dir': 'dataDir',
  '--state-dir': 'stateDir',
  '--logs-dir': 'logsDir',
} as const;

function isRoot(flag: string): flag is keyof typeof roots {
  return flag in roots;
}

/**
 * Parses the command lines that `install` writes into units without loading commander, because no request is answered
 * while it loads. Returns `undefined` for any other command line, including help and mistakes: commander handles
 * those.
 */
export function parseFastHost(args: readonly string[]): FastHostArguments | undefined {
  const [command, name = '-', ...flags] = args;
  if (command !== 'host' || name.startsWith('-')) return undefined;
  const parsed: FastHostArguments = { name, roots: {}, supervise: false, revived: false };
  for (let at = 0; at < flags.length; at += 1) {
    const flag = flags[at] ?? '';
    if (flag === '--supervise') parsed.supervise = true;
    else if (flag === '--revived') parsed.revived = true;
    else {
      const value = flags[at + 1] ?? '-';
      if (!isRoot(flag) || value.startsWith('-')) return undefined;
      parsed.roots[roots[flag]] = value;
      at += 1;
    }
  }
  return parsed;
}
