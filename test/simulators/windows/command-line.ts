/*
 * How Windows takes a command line apart, written from the documents and sources and apart from what it is to judge:
 * CommandLineToArgvW, Microsoft's C runtime (they agree on everything but the program itself), and conhost.
 */

/** The arguments of a command line, its program not among them. */
export function windowsArguments(line: string): string[] {
  const argv: string[] = [];
  let at = 0;
  const blank = () => line[at] === ' ' || line[at] === '\t';
  for (;;) {
    while (blank()) at += 1;
    if (at >= line.length) return argv;
    let argument = '';
    let quoted = false;
    while (at < line.length && (quoted || !blank())) {
      let slashes = 0;
      while (line[at] === '\\') {
        slashes += 1;
        at += 1;
      }
      if (line[at] !== '"') {
        argument += '\\'.repeat(slashes);
        if (slashes === 0) argument += line[at++];
        continue;
      }
      argument += '\\'.repeat(slashes >> 1);
      at += 1;
      if (slashes % 2 === 1) argument += '"';
      else if (quoted && line[at] === '"') {
        argument += '"';
        at += 1;
      } else quoted = !quoted;
    }
    argv.push(argument);
  }
}

/** conhost takes its own command line apart and writes a new one: microsoft/terminal, ConsoleArguments.cpp. */
function escapeAsConhost(argument: string): string {
  if (argument === '') return '""';
  const quote = /[ \t]/.test(argument) ? '"' : '';
  const inner = argument.replace(/(\\*)"/g, '$1$1\\"');
  const end = quote === '' ? inner : inner.replace(/(\\*)$/, '$1$1');
  return `${quote}${end}${quote}`;
}

/** The command line that `conhost.exe <line>` starts its child with. */
export function conhostChildLine(line: string): string {
  const own = windowsArguments(line);
  const start = own.findIndex((argument) => argument !== '--headless');
  const client = own.slice(start < 0 ? own.length : start);
  return client.map(escapeAsConhost).join(' ');
}

/** What the child of `conhost.exe <line>` gets as its argv. */
export function conhostChildArgv(line: string): string[] {
  return windowsArguments(conhostChildLine(line));
}
