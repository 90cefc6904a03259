import type { RootOptions } from './machine.ts';

/** `host` as units say it. */
export interface PlainHost {
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
 * Reads the command lines that `install` writes into units, without the parser: nobody is served while it loads.
 * Anything else, help and mistakes included, is `undefined`: for the parser to judge.
 */
export function plainHost(args: readonly string[]): PlainHost | undefined {
  const [command, name = '-', ...flags] = args;
  if (command !== 'host' || name.startsWith('-')) return undefined;
  const plain: PlainHost = { name, roots: {}, supervise: false, revived: false };
  for (let at = 0; at < flags.length; at += 1) {
    const flag = flags[at] ?? '';
    if (flag === '--supervise') plain.supervise = true;
    else if (flag === '--revived') plain.revived = true;
    else {
      const value = flags[at + 1] ?? '-';
      if (!isRoot(flag) || value.startsWith('-')) return undefined;
      plain.roots[roots[flag]] = value;
      at += 1;
    }
  }
  return plain;
}
