/** Who holds the connections of a host's TCP port. Those of its private socket are not counted. */
export interface ConnectionReport {
  /** Connections that have not sent an accepted token. */
  anonymous: number;
  /** Most of those. When they are exceeded, the one that was idle longest is closed. */
  anonymousLimit: number;
  /** Connections that have sent an accepted token. */
  authenticated: number;
  /** Anonymous connections closed to make room for others, since the overload began; 0 when there is none. */
  evicted: number;
  /**
   * How many of the anonymous ones each user of this machine holds, most first. Only told while the port is
   * overloaded; null where the system does not tell.
   */
  users: { uid: number; connections: number }[] | null;
}

/** Whether connections without a token use up their limit (pure). */
export function isOverloaded(report: ConnectionReport | undefined): report is ConnectionReport {
  return report !== undefined && (report.anonymous >= report.anonymousLimit || report.evicted > 0);
}

/** Who holds the connections, in one sentence, and what shows more of them (pure). */
export function overloadNote({ anonymous, anonymousLimit, evicted, users }: ConnectionReport): {
  text: string;
  hint: string | null;
} {
  const [most] = users ?? [];
  const held =
    most === undefined
      ? `${anonymous} of ${anonymousLimit} connection places are held by clients that sent no token`
      : `${most.connections} of ${anonymousLimit} connection places are held by user ${most.uid}, without a token`;
  const closed = evicted === 0 ? '' : `; ${evicted} such connections were closed to make room`;
  return { text: `${held}${closed}`, hint: most === undefined ? null : `ps -u ${most.uid}` };
}
