import { MemorydError } from '../../errors.ts';
import { machineFor } from '../../install/service-machine.ts';
import { thisMachine } from '../../install/this-machine.ts';
import { servicePaths } from '../../layout.ts';
import { readLaunchOutput } from '../../runtime/logs/launch-output.ts';
import { followLog, readLog } from '../../runtime/logs/reader.ts';
import { checkName } from '../../service/name.ts';
import { parseSince } from '../../service/since.ts';
import type { System } from '../../system/system.ts';
import { type Output, output } from '../output.ts';
import { plainText } from '../plain-text.ts';
import { renderLine } from '../render/log-line.ts';

interface LogsFlags {
  json?: boolean;
  follow?: boolean;
  lines: number;
  since?: string;
}

/** What was printed before the log was open, such as a message of the loader: it would be in a file only (N09). */
async function printLaunchOutput({ files }: System, directory: string, lines: number, out: Output) {
  const said = await readLaunchOutput(files, directory, lines);
  if (said.length === 0) return;
  out.print('at the last start, before the log was open:');
  for (const line of said) out.print(`  ${plainText(line)}`);
}

export async function logsCommand(name: string, options: LogsFlags): Promise<void> {
  const out = output(options.json === true);
  const service = checkName(name);
  const { system, roots } = await machineFor(thisMachine(), service);
  const { logs: directory } = servicePaths(roots, service);
  const since = options.since === undefined ? undefined : parseSince(options.since, system.clock.now());
  const query = { directory, service, lines: options.lines, ...(since === undefined ? {} : { since }) };
  const print = (line: string) => out.print(out.json ? line : plainText(renderLine(line)));
  if (!options.follow) {
    const lines = await readLog(system.files, query);
    if (lines.length === 0 && (await system.files.inspect(directory)).kind === 'absent') {
      throw new MemorydError('not-installed', `"${service}" is not installed`, {
        hint: `memoryd install ${service}`,
      });
    }
    lines.forEach(print);
    if (!out.json) await printLaunchOutput(system, directory, options.lines, out);
    return;
  }
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  for await (const line of followLog(system, query, stop.signal)) print(line);
}
