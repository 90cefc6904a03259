import type { OutgoingHttpHeaders } from 'node:http';

/** An answer of the sync API. Its body is always JSON. */
export interface SyncAnswer {
  status: number;
  body: object;
  headers?: OutgoingHttpHeaders;
}

/** Gives an answer that refuses a request: `{"error": why}` and the fields of `more`. */
export function refusal(
  status: number,
  why: string,
  more: object = {},
  headers: OutgoingHttpHeaders = {},
): SyncAnswer {
  return { status, body: { error: why, ...more }, headers };
}
