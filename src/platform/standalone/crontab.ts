/** A user's crontab as bytes in a latin1 string: other people's lines stay what they are, in whatever encoding. */
export type Crontab = string;

/** Ends our line and no other: the shell that runs it takes it for a comment. */
export function tagOf(service: string, id: string): string {
  return `# memoryd:${service}:${id}`;
}

const quote = (argument: string) => `'${argument.replaceAll("'", "'\\''")}'`;

/**
 * The line that starts `argv` when the machine boots; `undefined` when crontab(5) cannot say it: a newline ends the
 * line, and `%` becomes one, where cron takes `\%` back only in some implementations (BusyBox leaves it).
 * NODE_OPTIONS may be set above it for the table's other lines; it would run before any code of ours.
 */
export function rebootLine(argv: readonly string[], tag: string): Crontab | undefined {
  if (argv.some((argument) => /[\n\r\0%]/.test(argument))) return undefined;
  return Buffer.from(`@reboot NODE_OPTIONS= ${argv.map(quote).join(' ')} ${tag}`, 'utf8').toString('latin1');
}

/** The crontab with `line` as the only one that ends in `tag`; all other bytes as they are. */
export function withLine(crontab: Crontab, line: Crontab, tag: string): Crontab {
  if (
    crontab
      .split('\n')
      .filter((one) => isOurs(one, tag))
      .join('\n') === line
  )
    return crontab;
  const others = withoutLine(crontab, tag);
  // BusyBox keeps a table whose last line has no end; so do we, and taking our line away gives it back as it was.
  return others === '' || others.endsWith('\n') ? `${others}${line}\n` : `${others}\n${line}`;
}

/** The crontab without any line that ends in `tag`; all other bytes as they are. */
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
