/** How a tool was called. */
export interface Call {
  tool: string;
  args: string[];
  cwd: string;
}

/** What a tool prints and exits with; base64, because no encoding is sure. */
export interface Answer {
  code: number;
  stdout: string;
  stderr: string;
}

/** A line of the journal. `code` is whole: 0x80070005 and not the 5 that Linux keeps; null while it hangs. */
export interface JournalEntry {
  tool: string;
  args: string[];
  code: number | null;
}

export function answer(
  code: number,
  stdout: string | Uint8Array = '',
  stderr: string | Uint8Array = '',
): Answer {
  const base64 = (data: string | Uint8Array) => Buffer.from(data as string).toString('base64');
  return { code, stdout: base64(stdout), stderr: base64(stderr) };
}
