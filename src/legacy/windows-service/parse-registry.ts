/** The values of one registry key, by lower-cased name: names ignore case. */
export type RegistryValues = ReadonlyMap<string, string | string[] | number>;

export interface RegistryKey {
  path: string;
  values: RegistryValues;
}

/** What separates the strings of a REG_MULTI_SZ in the output of `reg query`. */
const multiSeparator = '\\0';

function decodeValue(type: string, text: string): string | string[] | number | undefined {
  switch (type) {
    case 'REG_SZ':
    case 'REG_EXPAND_SZ':
      return text;
    case 'REG_MULTI_SZ':
      return text.split(multiSeparator).filter((line) => line !== '');
    case 'REG_DWORD':
    case 'REG_DWORD_BIG_ENDIAN':
      return Number(text);
    default:
      return undefined;
  }
}

/**
 * Reads what `reg query KEY /s` prints: keys at the margin, values indented by four blanks and split by four blanks.
 * Type names are the same in every language; the last line, which is not, begins with neither.
 */
export function readRegQuery(output: string): RegistryKey[] {
  const keys: { path: string; values: Map<string, string | string[] | number> }[] = [];
  for (const line of output.split(/\r?\n/)) {
    if (/^HKEY_[A-Z_]+(\\|$)/.test(line)) {
      keys.push({ path: line.trimEnd(), values: new Map() });
      continue;
    }
    const [, name, type, text] = /^ {4}(.*?) {4}(REG_[A-Z_]+)(?: {4}(.*))?$/.exec(line) ?? [];
    if (name === undefined || type === undefined) continue;
    const value = decodeValue(type, text ?? '');
    if (value !== undefined) keys.at(-1)?.values.set(name.toLowerCase(), value);
  }
  return keys;
}

/** `%SystemRoot%\x` with the variables of `env`, whose names ignore case; unknown ones stay as they are. */
export function expandVariables(text: string, env: Readonly<Record<string, string | undefined>>): string {
  const byName = new Map(Object.entries(env).map(([name, value]) => [name.toLowerCase(), value]));
  return text.replace(/%([^%]+)%/g, (all, name: string) => byName.get(name.toLowerCase()) ?? all);
}

export function textIn(values: RegistryValues | undefined, name: string): string | undefined {
  const value = values?.get(name.toLowerCase());
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function listIn(values: RegistryValues | undefined, name: string): string[] {
  const value = values?.get(name.toLowerCase());
  return Array.isArray(value) ? value : typeof value === 'string' ? [value] : [];
}

export function numberIn(values: RegistryValues | undefined, name: string): number | undefined {
  const value = values?.get(name.toLowerCase());
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
