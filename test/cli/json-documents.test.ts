// The names of keys in the documents that `--json` prints (schema 2), and how names of 0.1.0 are translated to them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { output, showError } from '../../src/cli/output.ts';
import { findingDocument } from '../../src/cli/render/findings.ts';
import { shownSteps } from '../../src/cli/render/plan.ts';
import { reportTrouble } from '../../src/cli/render/sync.ts';
import { MemorydError } from '../../src/errors.ts';
import type { Finding } from '../../src/legacy/finding.ts';
import type { Backend } from '../../src/platform/backend.ts';
import { externalStatusOf } from '../../src/service/external-status.ts';
import type { Observation } from '../../src/service/observation.ts';

test('an error says what another program printed as output', (t) => {
  const lines: string[] = [];
  t.mock.method(process.stdout, 'write', (text: string) => lines.push(text) > 0);
  const exitCode = showError(new MemorydError('no-manager', 'it is silent', { words: 'no bus' }), true);
  t.mock.restoreAll();
  const error = { kind: 'no-manager', message: 'it is silent', output: 'no bus', hint: null, exitCode: 69 };
  assert.equal(exitCode, 69);
  assert.deepEqual(JSON.parse(lines.join('')), { schema: 2, error });
});

test('a document has schema 2', () => {
  const lines: string[] = [];
  output(true, (text) => void lines.push(text)).printJson({ service: 'memory' });
  assert.deepEqual(JSON.parse(lines.join('')), { schema: 2, service: 'memory' });
});

test('what a host reports of an external daemon is shown as functional and reason', () => {
  const others = {
    adapter: null,
    pid: 7,
    live: true,
    ready: true,
    memoryBytes: null,
    restarts: 0,
    lastEnd: null,
    yielded: false,
    mcpPath: '/mcp',
    warnings: [],
  };
  // Hosts of every version report `useful` and `why`.
  const status = externalStatusOf({ ...others, useful: false, why: 'status 503' });
  assert.deepEqual(status, { ...others, functional: false, reason: 'status 503' });
});

test('a step of a plan has a reason', () => {
  const backend = { commands: () => [['sh']] } as unknown as Backend;
  const observed = { files: new Map() } as unknown as Observation;
  const plan = {
    service: 'memory',
    finishFrom: 0,
    steps: [
      { kind: 'manager' as const, do: ['start' as const], undo: [], why: 'not running' },
      { kind: 'await-port' as const, port: 8400, timeoutMs: 1, why: 'the old daemon must be gone' },
    ],
  };
  assert.deepEqual(shownSteps(plan as unknown as Parameters<typeof shownSteps>[0], backend, observed), [
    { kind: 'manager', reason: 'not running', commands: [['sh']] },
    { kind: 'await-port', reason: 'the old daemon must be gone', port: 8400 },
  ]);
});

test('an older service that is only reported has its reasons', () => {
  const finding = {
    kind: 'docker',
    name: 'notes',
    daemon: undefined,
    serves: undefined,
    runsAs: 'root',
    starts: 'enabled',
    run: { kind: 'unknown', why: 'docker does not answer' },
    command: undefined,
    port: undefined,
    data: { kind: 'unknown' },
    definedIn: [],
    notes: [],
    needsAdmin: [{ what: 'stop it', why: 'it belongs to root' }],
    handling: { kind: 'report', why: 'it is a container', commands: [['docker', 'stop', 'notes']] },
  } as unknown as Finding;
  const { run, needsAdmin, handling } = findingDocument(finding);
  assert.deepEqual(run, { kind: 'unknown', reason: 'docker does not answer' });
  assert.deepEqual(needsAdmin, [{ what: 'stop it', reason: 'it belongs to root' }]);
  const commands = [['docker', 'stop', 'notes']];
  assert.deepEqual(handling, { kind: 'report', reason: 'it is a container', commands });
});

test('a sync server that cannot be used is shown with the reason', () => {
  const { document } = reportTrouble({ kind: 'refused', status: 500, why: 'no disk' });
  assert.deepEqual(document.trouble, { kind: 'refused', status: 500, reason: 'no disk' });
  assert.deepEqual(reportTrouble({ kind: 'locked', lock: undefined }).document.trouble, {
    kind: 'locked',
    lock: undefined,
  });
});
