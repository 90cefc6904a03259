/** The fields of a service unit that a migration needs. */
export interface ServiceUnit {
  command: [string, ...string[]] | undefined;
  user: string | undefined;
  workingDirectory: string | undefined;
  /** Values from environment files override those in the unit. */
  environment: Record<string, string>;
  environmentFiles: string[];
}

const escapes: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  s: ' ',
};

function resolveEscapes(text: string): string {
  return text.replace(/\\(?:x([0-9a-fA-F]{2})|(.))/gs, (_all, hex, letter) =>
    hex !== undefined ? String.fromCharCode(Number.parseInt(hex, 16)) : (escapes[letter] ?? letter),
  );
}

/**
 * Splits a line into words as systemd does: quotes count only at the start or end of a word, C escapes everywhere.
 * systemd.syntax(7)
 */
export function splitWords(text: string): string[] {
  const words = text.matchAll(/"((?:[^"\\]|\\.)*)"(?=\s|$)|'((?:[^'\\]|\\.)*)'(?=\s|$)|(\S+)/gs);
  return [...words].map(([, double, single, plain]) => resolveEscapes(double ?? single ?? plain ?? ''));
}

/** Expands specifiers such as `%h`; `%%` is a percent sign. Gives `undefined` when a specifier is unknown. */
function expand(text: string, specifiers: Readonly<Record<string, string>>): string | undefined {
  let known = true;
  const expanded = text.replace(/%(.)/gs, (_all, letter: string) => {
    const value = letter === '%' ? '%' : specifiers[letter];
    if (value === undefined) known = false;
    return value ?? '';
  });
  return known ? expanded : undefined;
}

/** The `Key=value` pairs of every [Service] section, in order, with continuation lines joined and comments removed. */
function serviceLines(texts: readonly string[]): [key: string, value: string][] {
  return texts.flatMap((text) => {
    let section = '';
    const pairs: [string, string][] = [];
    const lines = text.split('\n').filter((line) => !/^\s*[#;]/.test(line));
    for (const line of lines.join('\n').replace(/\\\n/g, ' ').split('\n')) {
      const header = /^\s*\[([^\]]+)\]\s*$/.exec(line)?.[1];
      section = header ?? section;
      const [, key, value] = /^\s*([A-Za-z]+)\s*=\s*(.*?)\s*$/s.exec(line) ?? [];
      if (section === 'Service' && key !== undefined) pairs.push([key, value ?? '']);
    }
    return pairs;
  });
}

/** Prefixes that change how the command of ExecStart= is run, not which. systemd.service(5) */
const execPrefixes = /^[-@:+!|]+/;

/**
 * Expands a word of a command: `$$` is a dollar sign, and variables come from the environment. A word that is only a
 * variable is split at spaces.
 */
function substitute(word: string, environment: Record<string, string>): string[] {
  const whole = /^\$([A-Za-z_]\w*)$/.exec(word)?.[1];
  if (whole !== undefined) return (environment[whole] ?? '').split(/\s+/).filter(Boolean);
  return [
    word.replace(/\$\$|\$\{([A-Za-z_]\w*)\}/g, (all, name) =>
      all === '$$' ? '$' : (environment[name] ?? ''),
    ),
  ];
}

/**
 * Reads a unit file and its drop-ins in the order systemd does: lists accumulate, an empty value clears them, and of
 * other keys the last value counts. `specifiers` are the values of `%h` and the like; `given` are the texts of
 * environment files by path.
 */
export function readServiceUnit(
  texts: readonly string[],
  specifiers: Readonly<Record<string, string>>,
  given: ReadonlyMap<string, string> = new Map(),
): ServiceUnit {
  const own: Record<string, string> = {};
  const files: string[] = [];
  let start: string | undefined;
  let user: string | undefined;
  let directory: string | undefined;
  for (const [key, raw] of serviceLines(texts)) {
    const value = expand(raw, specifiers);
    if (key === 'ExecStart') start = raw === '' ? undefined : value;
    else if (key === 'User') user = value || undefined;
    else if (key === 'WorkingDirectory') directory = value?.replace(/^-/, '') || undefined;
    else if (key === 'EnvironmentFile') {
      if (raw === '') files.length = 0;
      // `-` before the path: the file may be missing.
      else if (value !== undefined) files.push(value.replace(/^-/, ''));
    } else if (key === 'Environment') {
      if (raw === '') for (const name of Object.keys(own)) delete own[name];
      for (const word of splitWords(value ?? '')) {
        const at = word.indexOf('=');
        if (at > 0) own[word.slice(0, at)] = word.slice(at + 1);
      }
    }
  }
  const read = files.map((file) => readEnvironmentFile(given.get(file) ?? ''));
  const environment: Record<string, string> = Object.assign({}, own, ...read);
  const [program, ...rest] = splitWords(start ?? '');
  const stripped = program?.replace(execPrefixes, '');
  const command: ServiceUnit['command'] = stripped
    ? [stripped, ...rest.flatMap((word) => substitute(word, environment))]
    : undefined;
  return {
    command,
    user,
    workingDirectory: directory === '~' ? specifiers.h : directory,
    environment,
    environmentFiles: files,
  };
}

/** Reads the variables of an EnvironmentFile=. systemd.exec(5) */
export function readEnvironmentFile(text: string): Record<string, string> {
  const variables: Record<string, string> = {};
  const line = /^[ \t]*([A-Za-z_]\w*)=("(?:[^"\\]|\\.)*"|'[^']*'|(?:[^\n\\]|\\.)*)/gms;
  const lines = text.split('\n').filter((one) => !/^\s*[#;]/.test(one));
  for (const [, name = '', value = ''] of lines.join('\n').matchAll(line)) {
    const double = /^"(.*)"$/s.exec(value)?.[1];
    const single = /^'(.*)'$/s.exec(value)?.[1];
    variables[name] = single ?? (double ?? value.trim()).replace(/\\(?:\n|(.))/gs, (_all, one) => one ?? '');
  }
  return variables;
}
