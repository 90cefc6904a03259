/** What a system's service unit says, as far as a migration needs it. */
export interface ServiceUnit {
  command: [string, ...string[]] | undefined;
  user: string | undefined;
  workingDirectory: string | undefined;
  /** With what the environment files that were given say, which outranks what stands in the unit. */
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

/** Words as systemd splits them: quotes only count where a word begins or ends, C escapes everywhere. systemd.syntax(7) */
export function splitWords(text: string): string[] {
  const words = text.matchAll(/"((?:[^"\\]|\\.)*)"(?=\s|$)|'((?:[^'\\]|\\.)*)'(?=\s|$)|(\S+)/gs);
  return [...words].map(([, double, single, plain]) => resolveEscapes(double ?? single ?? plain ?? ''));
}

/** `%%` is a percent sign, `%h` a home and so on; a value with one we cannot fill in is worth nothing. */
function expand(text: string, specifiers: Readonly<Record<string, string>>): string | undefined {
  let known = true;
  const expanded = text.replace(/%(.)/gs, (_all, letter: string) => {
    const value = letter === '%' ? '%' : specifiers[letter];
    if (value === undefined) known = false;
    return value ?? '';
  });
  return known ? expanded : undefined;
}

/** `Key=value` of every [Service] section, in order; continuation lines joined, comments gone. */
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

/** Prefixes that change how ExecStart= is run, not what. systemd.service(5) */
const execPrefixes = /^[-@:+!|]+/;

/** `$$` is a dollar sign; a word that is a variable becomes what the environment says. */
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
 * Reads a unit file and its drop-ins, in the order systemd does: lists add up, an empty value empties them, the last of
 * anything else counts. `specifiers` are what `%h` and the like stand for; `given` are environment files, by path.
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
      // `-` before the path: it may be missing.
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

/** The variables of an EnvironmentFile=. systemd.exec(5) */
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
