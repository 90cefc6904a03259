import type { RegistryKey } from './parse-registry.ts';

type Value = string | string[] | number;

const quoted = (text: string): string => text.replace(/\\(["\\])/g, '$1');

/** The strings in hex bytes such as `41,00,3d,00`: UTF-16LE, each ending with NUL. */
function strings(hex: string): string[] {
  const bytes = Buffer.from(hex.replaceAll(',', ''), 'hex');
  return bytes
    .toString('utf16le')
    .split('\0')
    .filter((text) => text !== '');
}

function readValue(data: string): Value | undefined {
  const text = /^"(.*)"$/s.exec(data)?.[1];
  if (text !== undefined) return quoted(text);
  const dword = /^dword:([0-9a-f]{8})$/i.exec(data)?.[1];
  if (dword !== undefined) return Number.parseInt(dword, 16);
  const [, type, hex = ''] = /^hex(?:\(([0-9a-f]+)\))?:([0-9a-f,]*)$/i.exec(data) ?? [];
  // REG_SZ, REG_EXPAND_SZ and REG_MULTI_SZ. Other types hold no text.
  if (type === '1' || type === '2') return strings(hex)[0] ?? '';
  return type === '7' ? strings(hex) : undefined;
}

/**
 * Reads the output of `reg export`. Unlike that of `reg query`, it is UTF-16 and independent of language and code page.
 * Value names ignore case and are given in lower case.
 */
export function readRegFile(text: string): RegistryKey[] {
  const keys: { path: string; values: Map<string, Value> }[] = [];
  // A line of hex digits that ends with a backslash continues on the next line.
  const lines = text.replace(/^\ufeff/, '').replace(/,\\\r?\n\s+/g, ',');
  for (const line of lines.split(/\r?\n/)) {
    const key = /^\[(HKEY_[^\]]*|HKEY_.*)\]$/.exec(line)?.[1];
    if (key !== undefined) keys.push({ path: key, values: new Map() });
    const [, name, data] = /^"((?:[^"\\]|\\.)*)"=(.*)$/.exec(line) ?? [];
    const value = data === undefined ? undefined : readValue(data);
    if (name !== undefined && value !== undefined) keys.at(-1)?.values.set(quoted(name).toLowerCase(), value);
  }
  return keys;
}
