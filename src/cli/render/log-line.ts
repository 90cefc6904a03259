/** A JSON log line as text: time, event, fields. Any other line is returned unchanged. */
export function renderLine(line: string): string {
  try {
    const { time, event, ...fields } = JSON.parse(line) as { time: string; event: string; line?: unknown };
    // The output of a daemon is shown unchanged.
    if (event === 'stdout' || event === 'stderr') return `${time} ${event} ${fields.line}`;
    const shown = Object.entries(fields).map(
      ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    );
    return [time, event, ...shown].join(' ');
  } catch {
    return line;
  }
}
