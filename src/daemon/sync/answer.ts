import type { OutgoingHttpHeaders } from 'node:http';

/** What is sent back, always as JSON. */
export interface SyncAnswer {
  status: number;
  body: object;
  headers?: OutgoingHttpHeaders;
}

/** An answer that says no: `{"error": why}` and whatever else helps. */
export function refusal(
  status: number,
  why: string,
  more: object = {},
  headers: OutgoingHttpHeaders = {},
): SyncAnswer {
  return { status, body: { error: why, ...more }, headers };
}
