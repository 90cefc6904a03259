import type { ServiceStatus } from '../../service/status.ts';

function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const from = parts.findIndex(([value]) => value > 0);
  if (from < 0) return `${ms} ms`;
  return parts
    .slice(from, from + 2)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ');
}

function headline({ name, state, healthy, reason, lastExit }: ServiceStatus): string {
  const mark = state === 'running' ? (healthy ? '●' : '◐') : state === 'failed' ? '✗' : '○';
  const health = state === 'running' && !healthy ? ', not healthy' : '';
  // After its first line, a reason may contain the last lines that the daemon printed.
  const [why, ...said] = reason?.split('\n') ?? [];
  const exit = lastExit === null || state === 'running' ? '' : exitWords(lastExit, reason);
  const first = `${mark} ${name}: ${state}${health}${why === undefined ? '' : ` (${why})`}${exit}`;
  return [first, ...said.map((line) => `  | ${line}`)].join('\n');
}

function exitWords(exit: NonNullable<ServiceStatus['lastExit']>, reason: string | null): string {
  if (exit.kind === 'signal') return `, last killed by ${exit.signal}`;
  if (exit.code === 0) return '';
  const meaning = exit.meaning === undefined || exit.meaning === reason ? '' : `: ${exit.meaning}`;
  return `, last exit ${exit.code}${meaning}`;
}

/** Shows `sessionsClosed.idle_timeout` as `sessions closed, idle timeout`. Counters without a value are left out. */
function counterRows(counters: ServiceStatus['counters']): [string, string][] {
  const words = (key: string) =>
    key
      .replace(/([A-Z])/g, ' $1')
      .replaceAll('.', ', ')
      .replaceAll('_', ' ')
      .toLowerCase();
  return Object.entries(counters)
    .filter(([, value]) => value !== null && value !== 0 && value !== false)
    .map(([key, value]) => [words(key), String(value)]);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(0)} MB`;
}

/** The three layers of an external daemon: alive, ready, functional. */
function daemonRow({
  adapter,
  pid,
  live,
  ready,
  functional,
  memoryBytes,
  restarts,
  lastEnd,
}: NonNullable<ServiceStatus['external']>): string {
  const words = [
    adapter ?? 'custom command',
    ...(pid === null ? [] : [`pid ${pid}`]),
    live ? 'live' : 'not running',
    ready ? 'ready' : 'not ready',
    ...(functional === null ? [] : [functional ? 'functional' : 'not functional']),
    ...(typeof memoryBytes === 'number' ? [megabytes(memoryBytes)] : []),
    ...(restarts === 0 ? [] : [`restarted ${restarts} times (last: ${lastEnd})`]),
  ];
  return words.join(', ');
}

const loginWords: Readonly<Record<string, string>> = {
  enabled: ', starts at login',
  unknown: ', start at login not checked',
};

function rows(status: ServiceStatus): [string, string][] {
  const { endpoint, unit, paths, layers, counters, external } = status;
  const all: [string, string | null][] = [
    ['url', endpoint && `${endpoint.url}${external === null ? '/mcp' : (external.mcpPath ?? '')}`],
    ['pid', endpoint && `${endpoint.pid}, up ${duration(status.uptimeMs ?? 0)}`],
    ['memory', status.memoryBytes === null ? null : megabytes(status.memoryBytes)],
    ['restarts', status.restarts === null ? null : String(status.restarts)],
    ['version', endpoint && `${endpoint.version} (${endpoint.build})`],
    ['health', endpoint && `endpoint ${layers.endpoint}, process ${layers.process}, http ${layers.http}`],
    ['daemon', external && daemonRow(external)],
    ...counterRows(counters),
    ['backend', `${status.backend}${loginWords[unit.enabled] ?? ''}`],
    [
      'unit',
      unit.path &&
        `${unit.path}${unit.drift === 'none' || unit.drift === 'unknown' ? '' : ` (${unit.drift})`}`,
    ],
    ['config', paths.config],
    ['data', paths.data],
    ['logs', paths.logs],
    ['runtime', paths.runtime],
    ['app', paths.app || null],
  ];
  return all.filter((row): row is [string, string] => row[1] !== null);
}

/** One service as text. */
export function renderStatus(status: ServiceStatus): string {
  if (status.state === 'not-installed') return headline(status);
  const all = rows(status);
  const width = Math.max(...all.map(([key]) => key.length)) + 2;
  const table = all.map(([key, value]) => `  ${key.padEnd(width)}${value}`);
  const notes = status.notes.flatMap(({ text, hint }) => [
    `  ! ${text}`,
    ...(hint === null ? [] : [`    try: ${hint}`]),
  ]);
  return [headline(status), ...table, ...notes].join('\n');
}
