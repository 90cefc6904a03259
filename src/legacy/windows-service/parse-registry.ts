/** The values of one registry key, by lower-cased name, because names ignore case. */
export type RegistryValues = ReadonlyMap<string, string | string[] | number>;

export interface RegistryKey {
  path: string;
  values: RegistryValues;
}

/** The separator of the strings of a REG_MULTI_SZ in the output of `reg query`. */
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
 * Reads the output of `reg query KEY /s`: keys are not indented, values are indented by four spaces and their fields
 * separated by four spaces. Type names are not localised. The last line is localised and matches neither form.
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

/**
 * Expands `%SystemRoot%` and the like with the variables of `env`, whose names ignore case. Unknown variables are left
 * unchanged.
 */
export function expandVariables(text: string, env: Readonly<Record<string, string | undefined>>): string {
  const byName = new Map(Object.entries(env).map(([name, value]) => [name.toLowerCase(), value]));
  return text.replace(/%([^%]+)%/g, (all, name: string) => byName.get(name.toLowerCase()) ?? all);
}

/** Gives a value that is a text and not empty, else `undefined`. Names ignore case, here and below. */
export function textIn(values: RegistryValues | undefined, name: string): string | undefined {
  const value = values?.get(name.toLowerCase());
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Gives a value that is a list of texts. A single text counts as a list of one; anything else gives an empty list. */
export function listIn(values: RegistryValues | undefined, name: string): string[] {
  const value = values?.get(name.toLowerCase());
  return Array.isArray(value) ? value : typeof value === 'string' ? [value] : [];
}

/** Gives a value that is a number, else `undefined`. */
export function numberIn(values: RegistryValues | undefined, name: string): number | undefined {
  const value = values?.get(name.toLowerCase());
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
