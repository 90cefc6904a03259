import { createConnection } from 'node:net';
import type { ProbeSettings } from '../../service/external-settings.ts';
import { fill } from '../../service/placeholder.ts';
import { no, type ProbeAnswer, yes } from '../../service/probe-answer.ts';
import type { Argv } from '../../system/exec.ts';
import type { System } from '../../system/system.ts';
import { fieldAt } from '../field.ts';
import { addressText, failureText } from './failure-text.ts';
import { probeMcp } from './mcp.ts';
import { askHttp, statusText } from './request.ts';

/** The address that a probe asks, and the environment of probe commands. */
export interface ProbeTarget {
  host: string;
  port: number;
  timeoutMs: number;
  /** The values of placeholders in a command. */
  values: Readonly<Record<string, string>>;
  env: Readonly<Record<string, string>>;
}

async function probeHttp(
  probe: Extract<ProbeSettings, { kind: 'http' }>,
  target: ProbeTarget,
): Promise<ProbeAnswer> {
  const { host, port, timeoutMs } = target;
  const answer = await askHttp({ host, port, timeoutMs, method: 'GET', path: probe.path });
  if (answer.kind === 'failed') return no(answer.why);
  if (!probe.status.includes(answer.status))
    return no(statusText(answer, `http://${addressText(target)}${probe.path}`));
  if (probe.json === undefined) return yes;
  let json: unknown;
  try {
    json = JSON.parse(answer.text);
  } catch {
    return no('its answer is not JSON');
  }
  const wrong = Object.entries(probe.json).find(([path, value]) => fieldAt(json, path) !== value);
  return wrong === undefined ? yes : no(`${wrong[0]} is ${JSON.stringify(fieldAt(json, wrong[0]))}`);
}

function probeTcp({ host, port, timeoutMs }: ProbeTarget): Promise<ProbeAnswer> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port, timeout: timeoutMs });
    const settle = (answer: ProbeAnswer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('connect', () => settle(yes));
    socket.on('timeout', () => settle(no(`no connection in ${timeoutMs} ms`)));
    socket.on('error', (error) => settle(no(failureText(error, { host, port }))));
  });
}

async function probeCommand(
  exec: System['exec'],
  argv: readonly string[],
  { values, env, timeoutMs }: ProbeTarget,
): Promise<ProbeAnswer> {
  const filled = argv.map((argument) => fill(argument, values)) as unknown as Argv;
  const result = await exec.run(filled, { env, timeoutMs });
  switch (result.kind) {
    case 'exited':
      return result.code === 0 ? yes : no(`${filled[0]}: exit ${result.code}`);
    case 'signalled':
      return no(`${filled[0]}: killed by ${result.signal}`);
    case 'missing':
      return no(`${filled[0]}: not found`);
    case 'blocked':
      return no(`${filled[0]}: may not be started (${result.code})`);
    case 'timeout':
      return no(`${filled[0]}: no answer in ${result.afterMs} ms`);
  }
}

/** Runs one probe. Never throws, whatever the daemon does. */
export function ask(
  { exec }: Pick<System, 'exec'>,
  probe: ProbeSettings,
  target: ProbeTarget,
): Promise<ProbeAnswer> {
  switch (probe.kind) {
    case 'http':
      return probeHttp(probe, target);
    case 'mcp':
      return probeMcp(target, probe.path, target.timeoutMs);
    case 'tcp':
      return probeTcp(target);
    case 'command':
      return probeCommand(exec, probe.argv, target);
  }
}
