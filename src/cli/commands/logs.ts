import { MemorydError } from '../../errors.ts';
import { machineFor } from '../../install/service-machine.ts';
import { thisMachine } from '../../install/this-machine.ts';
import { servicePaths } from '../../layout.ts';
import { followLog, readLog } from '../../runtime/logs/reader.ts';
import { checkName } from '../../service/name.ts';
import { parseSince } from '../../service/since.ts';
import { output } from '../output.ts';
import { renderLine } from '../render/log-line.ts';

interface LogsFlags {
  json?: boolean;
  follow?: boolean;
  lines: number;
  since?: string;
}

export async function logsCommand(name: string, options: LogsFlags): Promise<void> {
  const out = output(options.json === true);
  const service = checkName(name);
  const { system, roots } = await machineFor(thisMachine(), service);
  const { logs: directory } = servicePaths(roots, service);
  const since = options.since === undefined ? undefined : parseSince(options.since, system.clock.now());
  const query = { directory, service, lines: options.lines, ...(since === undefined ? {} : { since }) };
  const print = (line: string) => out.print(out.json ? line : renderLine(line));
  if (!options.follow) {
    const lines = await readLog(system.files, query);
    if (lines.length === 0 && (await system.files.inspect(directory)).kind === 'absent') {
      throw new MemorydError('not-installed', `"${service}" is not installed`, {
        hint: `memoryd install ${service}`,
      });
    }
    return lines.forEach(print);
  }
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  for await (const line of followLog(system, query, stop.signal)) print(line);
}
