import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { renderStatus } from '../../src/cli/render/status.ts';
import { showStatuses } from '../../src/cli/show-statuses.ts';
import type { HealthLayers, Running } from '../../src/service/status.ts';
import type { StatusObservation } from '../../src/service/status-observation.ts';
import { statusOf } from '../../src/service/status-of.ts';
import type { ProcessState, RegisteredUnit } from '../../src/service/unit.ts';
import { repository } from '../support/lab.ts';

const cli = { version: '1.0.0', build: 'b' };

function unit(process: ProcessState, more: Partial<RegisteredUnit> = {}): RegisteredUnit {
  const base = { path: '/unit', enabled: 'enabled', dropIns: [], needsReload: false } as const;
  return { kind: 'registered', ...base, dropIns: [], process, ...more };
}

const running: Running = {
  url: 'http://127.0.0.1:8353',
  port: 8353,
  pid: 7,
  startedAt: '',
  version: '1.0.0',
  build: 'b',
  uptimeMs: 1000,
  rssBytes: 1,
  restarts: 0,
  phase: 'ready',
  counters: {},
};
const live: HealthLayers = { endpoint: 'found', process: 'identified', http: 'healthy' };

const well: StatusObservation = {
  name: 'memory',
  backend: 'systemd',
  unit: unit({ kind: 'running', pid: 7 }),
  definition: 'valid',
  startAtLogin: true,
  receipt: { kind: 'absent' },
  layers: live,
  running,
  drift: 'none',
  gaveUp: undefined,
  stopIntent: false,
  interrupted: false,
  exposed: [],
  exposure: { kind: 'absent' },
  paths: { config: '', data: '', logs: '', runtime: '', app: '', token: '' },
};
const gone: HealthLayers = { endpoint: 'absent', process: 'gone', http: 'not-asked' };
const down = { ...well, running: undefined, layers: gone, unit: unit({ kind: 'stopped' }) };

const daemon = {
  adapter: null,
  pid: 9,
  live: true,
  ready: false,
  functional: null,
  reason: 'nothing listens on 127.0.0.1:8353',
  memoryBytes: null,
  restarts: 0,
  lastEnd: null,
  yielded: false,
  mcpPath: null,
  warnings: [],
};

const conditions: [string, StatusObservation][] = [
  ['it answers', well],
  ['it answers, and not as it should', { ...well, layers: { ...live, http: 'unhealthy' } }],
  [
    'its own daemon is not ready',
    { ...well, layers: { ...live, http: 'unhealthy' }, running: { ...running, external: daemon } },
  ],
  ['another program answers on its port', { ...well, layers: { ...live, http: 'stranger' } }],
  ['its process runs, and does not answer yet', { ...down, unit: unit({ kind: 'running', pid: 7 }) }],
  ['it ended, and is started again', { ...down, unit: unit({ kind: 'waiting', reason: 'exit 1' }) }],
  [
    'it gave up',
    { ...down, unit: unit({ kind: 'failed', reason: 'exit 78' }), gaveUp: 'ended badly 5 times' },
  ],
  ['you stopped it', { ...down, stopIntent: true }],
  [
    'its unit is masked',
    { ...down, unit: unit({ kind: 'stopped' }, { enabled: 'masked', cure: 'systemctl --user unmask …' }) },
  ],
  [
    'it does not start at login any more',
    { ...down, unit: unit({ kind: 'stopped' }, { enabled: 'disabled' }) },
  ],
  ['its unit is gone', { ...down, unit: { kind: 'absent' } }],
  ['its unit file was edited', { ...well, drift: 'changed' }],
  ['the last change was cut off', { ...down, interrupted: true }],
  [
    'the service manager does not answer',
    {
      ...down,
      unit: {
        kind: 'unknown',
        reason: 'ada has no session and no user manager here',
        hint: 'sudo loginctl enable-linger ada',
      },
    },
  ],
  [
    'a unit of its name is not ours',
    { ...down, unit: { kind: 'foreign', path: '/unit', reason: 'not written by memoryd' } },
  ],
  ['it is not installed', { ...down, definition: 'absent', unit: { kind: 'absent' } }],
];

/** The exit code of `status`, without what it prints. */
function exitCodeOf(seen: StatusObservation): number {
  const nothing = () => undefined;
  return showStatuses([seen], { json: true, print: nothing, info: nothing, printJson: nothing });
}

function row([condition, seen]: [string, StatusObservation]): string {
  const status = statusOf(seen, cli);
  const [headline = ''] = renderStatus(status).split('\n');
  const notes = status.notes.map(({ text, hint }) => `! ${text}${hint === null ? '' : ` (try: ${hint})`}`);
  const said = [headline, ...notes].map((line) => `\`${line}\``).join('<br>');
  return `| ${condition} | ${said} | ${exitCodeOf(seen)} |`;
}

test('docs/status.md says what status prints, and its exit code', () => {
  const text = readFileSync(join(repository, 'docs', 'status.md'), 'utf8');
  const table = text.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| condition'));
  assert.deepEqual(table, conditions.map(row));
});
