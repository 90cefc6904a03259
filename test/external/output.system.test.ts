import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { readLog } from '../../src/runtime/logs/reader.ts';
import { childReady, fakeCommand, foreignHome, logged, logOf } from '../support/external-home.ts';
import { until } from '../support/until.ts';

/** Milliseconds on a processor so far: fields 14 and 15 of /proc/PID/stat, in ticks of 10 ms. proc(5) */
function cpuTime(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

const linux = process.platform === 'linux' ? false : 'reads /proc';

describe('what a hosted daemon prints', { skip: linux, concurrency: 2 }, () => {
  it('has every line it prints in the log, whole and in order, however fast (M11)', async (t) => {
    const lines = 200_000;
    const logs = { maxFileMb: 4, keepTotalMb: 200 };
    await using home = await foreignHome({ command: fakeCommand('--flood', String(lines)), logs });
    const host = home.spawn();
    await until('the last line is there', async () => {
      const last = await readLog(home.system.files, {
        directory: home.paths.logs,
        service: home.service,
        lines: 3,
      });
      return last.some((line) => line.includes(`"line ${lines - 1} `));
    });
    const cpuMs = cpuTime(host.pid as number);
    const log = (await logOf(home)).filter(({ event }) => event === 'stdout');
    const ms = Date.parse(String(log.at(-1)?.time)) - Date.parse(String(log[0]?.time));
    const perSecond = Math.round((lines / Math.max(1, ms)) * 1000);
    t.diagnostic(
      `${lines} lines in ${ms} ms, ${perSecond} a second; the host's CPU, its start included: ${cpuMs} ms`,
    );
    const printed = log.map(({ line }) => String(line));
    assert.equal(printed.length, lines);
    assert.ok(
      printed.every((line, i) => line === `line ${i} of a daemon that has a lot to say about very little`),
    );
  });

  it('may print without an end of line, or close its output', async () => {
    await using home = await foreignHome({ command: fakeCommand('--print', 'no newline', '--close-stdout') });
    home.spawn();
    await childReady(home);
    assert.equal((await logged(home, 'stdout')).line, 'no newline');
  });

  it('N39 has what Python prints in the log at once, not when its buffer is full', async () => {
    const code =
      "import sys; from http.server import *; print('hello from python'); HTTPServer(('127.0.0.1', int(sys.argv[1])), SimpleHTTPRequestHandler).serve_forever()";
    await using home = await foreignHome({ command: ['python3', '-c', code, '{port}'] });
    home.spawn();
    await childReady(home);
    assert.equal((await logged(home, 'stdout')).line, 'hello from python');
  });
});
