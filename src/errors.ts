// Ids such as (M05), (X03) or (N36) in comments are field failures: docs/field-failures.md has the table.

/** Every way a command can fail. The kind alone decides the exit code. */
export type ErrorKind =
  | 'failed'
  | 'usage'
  | 'not-running'
  | 'not-installed'
  | 'no-manager'
  | 'permission'
  | 'configuration';

/** The one list of exit codes; 69, 77 and 78 are sysexits(3). systemd keeps a unit down on 78. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  'not-running': 3,
  'not-installed': 4,
  'no-manager': 69,
  permission: 77,
  configuration: 78,
} as const satisfies Record<ErrorKind | 'ok', number>;

interface Details {
  /** A command that can be pasted, without `try:`. */
  hint?: string;
  /** What another program printed, shown unchanged. */
  words?: string;
  cause?: unknown;
}

/** The one error type: a kind, what was seen (lower case, no full stop), and a command to try. */
export class MemorydError extends Error {
  readonly kind: ErrorKind;
  readonly hint: string | undefined;
  readonly words: string | undefined;

  constructor(kind: ErrorKind, message: string, details: Details = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'MemorydError';
    this.kind = kind;
    this.hint = details.hint;
    this.words = details.words?.trim() || undefined;
  }

  get exitCode(): number {
    return exitCodes[this.kind];
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The errno name (`ENOENT`, `EACCES`, …) of a failed system call, else undefined. */
export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | null)?.code;
}

/** Whether an error says that the disk, or the user's share of it, is full. */
export function isFullDisk(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(codeOf(error) ?? '');
}
