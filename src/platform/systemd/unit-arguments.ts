/** The characters behind the escapes of `argument` in escape.ts. */
const meant: Readonly<Record<string, string>> = {
  '\\\\': '\\',
  '\\"': '"',
  '%%': '%',
  $$: '$',
  '\\n': '\n',
  '\\t': '\t',
  '\\r': '\r',
};

function unescaped(word: string): string {
  const bytes = (hex: string) => Buffer.from(hex.replaceAll('\\x', ''), 'hex').toString();
  return word.replace(/(?:\\x[0-9a-f]{2})+|\\["\\ntr]|%%|\$\$/g, (found) => meant[found] ?? bytes(found));
}

/** The command line in the text of a service unit that memoryd wrote (pure); empty if it has none. */
export function unitArguments(text: string): string[] {
  const key = 'ExecStart=';
  // Not with a pattern: in one, U+2028 and others end a line, which systemd does not know.
  const line = text.split('\n').find((one) => one.startsWith(key)) ?? key;
  const words = line.slice(key.length).matchAll(/"((?:[^"\\]|\\.)*)"|([^ "]+)/gs);
  return [...words].map(([, quoted, bare]) => unescaped(quoted ?? bare ?? ''));
}
