/** A JSON log line for people: time, event, fields. Anything else is shown as it is. */
export function renderLine(line: string): string {
  try {
    const { time, event, ...fields } = JSON.parse(line) as { time: string; event: string; line?: unknown };
    // What a daemon printed is shown as it printed it.
    if (event === 'stdout' || event === 'stderr') return `${time} ${event} ${fields.line}`;
    const shown = Object.entries(fields).map(
      ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    );
    return [time, event, ...shown].join(' ');
  } catch {
    return line;
  }
}
