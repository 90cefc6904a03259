/**
 * Writes one structured line: an event name (`session.created`) and its fields. The one who creates a `Log` decides
 * where lines go.
 */
export type Log = (event: string, fields?: Record<string, unknown>) => void;
