/** One structured line: an event name (`session.created`) and its fields. Whoever is given a `Log` decides where it goes. */
export type Log = (event: string, fields?: Record<string, unknown>) => void;
