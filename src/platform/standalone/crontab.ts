/** A user's crontab as bytes in a latin1 string, so that other lines keep their encoding. */
export type Crontab = string;

/** The tag at the end of our line. The shell that runs the line reads it as a comment. */
export function tagOf(service: string, id: string): string {
  return `# memoryd:${service}:${id}`;
}

const quote = (argument: string) => `'${argument.replaceAll("'", "'\\''")}'`;

/**
 * The line that starts `argv` at boot; `undefined` if crontab(5) cannot express it. A newline ends the line, and `%`
 * becomes a newline. Only some implementations accept `\%` (BusyBox does not).
 * NODE_OPTIONS may be set above the line, for other lines of the table; it would run before any code of ours.
 */
export function rebootLine(argv: readonly string[], tag: string): Crontab | undefined {
  if (argv.some((argument) => /[\n\r\0%]/.test(argument))) return undefined;
  return Buffer.from(`@reboot NODE_OPTIONS= ${argv.map(quote).join(' ')} ${tag}`, 'utf8').toString('latin1');
}

/** The crontab with `line` as the only line that ends in `tag`. All other bytes are unchanged. */
export function withLine(crontab: Crontab, line: Crontab, tag: string): Crontab {
  if (
    crontab
      .split('\n')
      .filter((one) => isOurs(one, tag))
      .join('\n') === line
  )
    return crontab;
  const others = withoutLine(crontab, tag);
  // BusyBox accepts a table whose last line has no newline. It is kept that way, so that removing our line restores
  // the original bytes.
  return others === '' || others.endsWith('\n') ? `${others}${line}\n` : `${others}\n${line}`;
}

/** The crontab without the lines that end in `tag`. All other bytes are unchanged. */
export function withoutLine(crontab: Crontab, tag: string): Crontab {
  const lines = crontab.split('\n');
  return lines.filter((line) => !isOurs(line, tag)).join('\n');
}

export function hasLine(crontab: Crontab, line: Crontab): boolean {
  return crontab.split('\n').includes(line);
}

function isOurs(line: string, tag: string): boolean {
  return line.startsWith('@reboot ') && line.endsWith(` ${tag}`);
}
