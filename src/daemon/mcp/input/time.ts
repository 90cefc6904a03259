const pattern =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?\s*(Z|[+-]\d\d:?\d\d)?)?$/i;

/**
 * Parses an ISO 8601 date or time, in milliseconds since 1970. Without a zone it is in that of this machine, and a date
 * is the start of that day. Gives `undefined` for anything else.
 */
export function parseTime(text: string): number | undefined {
  const [whole, year, month, day, hour = '00', minute = '00', second = '00', fraction = '0', zone = ''] =
    pattern.exec(text.trim()) ?? [];
  if (whole === undefined) return undefined;
  // Date.parse() takes 30 February for 2 March.
  const last = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  if (Number(day) < 1 || Number(day) > last) return undefined;
  const offset = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  const milliseconds = fraction.slice(0, 3).padEnd(3, '0');
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}${offset}`);
  return Number.isNaN(time) ? undefined : time;
}
