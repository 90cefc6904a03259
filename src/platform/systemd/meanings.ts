/** The meaning of exit codes of systemd, and of memoryd. systemd.exec(5), PROCESS EXIT CODES */
const meanings: Readonly<Record<number, string>> = {
  78: 'bad configuration: not retried',
  200: 'the working directory cannot be entered',
  203: 'the program is missing, not executable, on a file system mounted noexec, or refused by SELinux',
  209: 'a log file cannot be opened',
  216: 'the group cannot be changed: a user unit must not set Group=',
  217: 'the user cannot be changed: User= or PrivateUsers= is refused here',
  218: 'capabilities cannot be dropped without privileges',
  226: 'the file system sandbox is refused here',
  228: 'the system call filter is refused here',
};

export function meaningOf(status: number): string | undefined {
  return meanings[status];
}
