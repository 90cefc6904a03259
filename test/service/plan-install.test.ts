import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemorydError } from '../../src/errors.ts';
import type { FileObservation, Observation } from '../../src/service/observation.ts';
import { type DesiredInstall, planInstall } from '../../src/service/plan-install.ts';
import type { Step, WriteFile } from '../../src/service/step.ts';
import type { ProcessState, RegisteredUnit } from '../../src/service/unit.ts';

const file = (path: string, content: string): WriteFile => ({
  kind: 'write',
  path,
  content,
  encoding: 'utf8',
  mode: 0o600,
  why: '',
});

const desired: DesiredInstall = {
  service: 'memory',
  build: 'new',
  copies: [{ kind: 'copy', from: '/pkg', to: '/app/new', entries: ['dist'], link: false, why: '' }],
  laterCopies: [
    { kind: 'copy', from: '/pkg/cli', to: '/app/new/cli', entries: ['a.js'], link: false, why: '' },
  ],
  secrets: [{ ...file('/token', 'random'), secret: true }],
  settings: [file('/definition', '{}'), file('/port', '{}')],
  units: [file('/unit', '[Unit]')],
  formerUnits: ['/former/unit'],
  startAtLogin: true,
  verifyTimeoutMs: 1000,
};

const nothing: Observation = {
  definition: { kind: 'absent' },
  receipt: { kind: 'absent' },
  files: new Map(),
  copies: new Set(),
  unit: { kind: 'absent' },
  answer: { kind: 'nobody' },
};

const seen = (...files: WriteFile[]): Map<string, FileObservation> =>
  new Map(files.map(({ path, content, mode }) => [path, { kind: 'file', content, mode }]));

function registered(process: ProcessState, more: Partial<RegisteredUnit> = {}): RegisteredUnit {
  return {
    kind: 'registered',
    path: '/unit',
    enabled: 'enabled',
    process,
    dropIns: [],
    needsReload: false,
    ...more,
  };
}

const running: ProcessState = { kind: 'running', pid: 1 };

const settled: Observation = {
  ...nothing,
  files: seen(...desired.secrets, ...desired.settings, ...desired.units),
  copies: new Set(['/app/new', '/app/new/cli']),
  unit: registered(running),
  answer: { kind: 'live', build: 'new', port: 8353, pid: 1 },
};

const verbs = (steps: Step[]) => steps.flatMap((step) => (step.kind === 'manager' ? step.do : []));
const undone = (steps: Step[]) =>
  steps.toReversed().flatMap((step) => (step.kind === 'manager' ? step.undo : []));
const writes = (steps: Step[]) => steps.flatMap((step) => (step.kind === 'write' ? [step.path] : []));

test('a first install copies, writes, registers, starts, verifies, and copies what only commands need, in that order', () => {
  const { steps } = planInstall(desired, nothing);
  assert.deepEqual(
    steps.map((step) => step.kind),
    ['copy', 'write', 'manager', 'write', 'write', 'write', 'manager', 'manager', 'verify', 'copy'],
  );
  assert.deepEqual(verbs(steps), ['register', 'start']);
  assert.deepEqual(undone(steps), ['stop', 'unregister', 'settle']);
});

test('what ran before is restarted only after its old settings are back', () => {
  const files = new Map(settled.files).set('/definition', { kind: 'file', content: 'older', mode: 0o600 });
  const { steps } = planInstall(desired, { ...settled, files });
  const written = steps.findIndex((step) => step.kind === 'write' && step.path === '/definition');
  const comeback = steps.findIndex((step) => step.kind === 'manager' && step.undo.includes('restart'));
  // Steps are undone from the last to the first.
  assert.ok(written >= 0 && comeback >= 0 && comeback < written);
});

test('an install with nothing changed has nothing to do', () => {
  assert.deepEqual(planInstall(desired, settled).steps, []);
});

test('a copy without its commands is given them, and nothing is restarted', () => {
  const { steps } = planInstall(desired, { ...settled, copies: new Set(['/app/new']) });
  assert.deepEqual(steps, desired.laterCopies);
});

test('a token that is there is kept, whatever it is', () => {
  const files = new Map(settled.files).set('/token', { kind: 'file', content: 'older', mode: 0o600 });
  assert.deepEqual(planInstall(desired, { ...settled, files }).steps, []);
});

test('a changed unit under a running service is registered and restarted, and undone into the old one', () => {
  const files = new Map(settled.files).set('/unit', { kind: 'file', content: 'older', mode: 0o600 });
  const { steps } = planInstall(desired, { ...settled, files });
  assert.deepEqual(writes(steps), ['/unit']);
  assert.deepEqual(verbs(steps), ['register', 'restart']);
  assert.deepEqual(undone(steps), ['register', 'restart']);
});

test('a unit that lost its private mode is put right', () => {
  const files = new Map(settled.files).set('/unit', { kind: 'file', content: '[Unit]', mode: 0o666 });
  assert.deepEqual(writes(planInstall(desired, { ...settled, files }).steps), ['/unit']);
});

test('changed settings need a restart and no registration', () => {
  const files = new Map(settled.files).set('/port', { kind: 'file', content: 'older', mode: 0o600 });
  assert.deepEqual(verbs(planInstall(desired, { ...settled, files }).steps), ['restart']);
});

const restarts: [string, Partial<Observation>][] = [
  ['X06 the old build still answers', { answer: { kind: 'live', build: 'old', port: 8353, pid: 1 } }],
  ['X04 it runs and does not answer', { answer: { kind: 'nobody' } }],
];
for (const [what, part] of restarts) {
  test(`${what}: it is restarted`, () => {
    assert.deepEqual(verbs(planInstall(desired, { ...settled, ...part }).steps), ['restart']);
  });
}

test('L13 a unit that changed on disk and is not in effect is registered and restarted', () => {
  const unit = registered(running, { needsReload: true });
  assert.deepEqual(verbs(planInstall(desired, { ...settled, unit }).steps), ['register', 'restart']);
});

test('a service the user stopped or that failed is started again', () => {
  for (const kind of ['stopped', 'failed'] as const) {
    const unit = registered({ kind, reason: 'x' });
    assert.deepEqual(verbs(planInstall(desired, { ...settled, unit, answer: { kind: 'nobody' } }).steps), [
      'start',
    ]);
  }
});

test('a failed install over a stopped service leaves it registered and stopped', () => {
  const unit = registered({ kind: 'stopped' });
  const { steps } = planInstall(desired, { ...nothing, unit });
  assert.deepEqual(undone(steps), ['stop', 'register']);
});

test('start at login is converged both ways', () => {
  const unit = registered(running, { enabled: 'disabled' });
  assert.deepEqual(verbs(planInstall(desired, { ...settled, unit }).steps), ['register']);
  assert.deepEqual(verbs(planInstall({ ...desired, startAtLogin: false }, settled).steps), ['register']);
});

test('a unit file that the backend does not put there any more goes, before the manager is told, and comes back when it fails', () => {
  const files = new Map(settled.files).set('/former/unit', { kind: 'file', content: 'older', mode: 0o644 });
  const { steps } = planInstall(desired, { ...settled, files });
  assert.deepEqual(
    steps.map((step) => (step.kind === 'remove' ? step.path : step.kind)),
    ['manager', '/former/unit', 'manager', 'manager', 'verify'],
  );
  assert.deepEqual(verbs(steps), ['register', 'restart']);
  assert.deepEqual(undone(steps), ['register', 'restart']);
});

const refusals: [string, Partial<Observation>, number][] = [
  [
    'L11 a unit file that is a link',
    { files: new Map([['/unit', { kind: 'link', target: '/dotfiles/unit' }]]) },
    78,
  ],
  [
    'L11 a link where a unit file was before',
    { files: new Map([['/former/unit', { kind: 'link', target: '/dotfiles/unit' }]]) },
    78,
  ],
  [
    'a unit file that cannot be read',
    { files: new Map([['/unit', { kind: 'unreadable', why: 'EACCES' }]]) },
    77,
  ],
  [
    'L06 a unit of the same name that is not ours',
    { unit: { kind: 'foreign', path: '/etc/x', reason: 'system' } },
    78,
  ],
  ['a masked unit', { unit: registered({ kind: 'stopped' }, { enabled: 'masked' }) }, 78],
  ['a manager that does not answer', { unit: { kind: 'unknown', reason: 'no answer', words: 'bus' } }, 1],
];
for (const [what, part, exitCode] of refusals) {
  test(`${what} is refused before anything is written`, () => {
    assert.throws(
      () => planInstall(desired, { ...nothing, ...part }),
      (error) => error instanceof MemorydError && error.exitCode === exitCode,
    );
  });
}

test('a provisional registration is tried again as the usual one, and what runs is not restarted (N20)', () => {
  const unit = registered(running, { provisional: 'it starts from the Startup folder' });
  const { steps } = planInstall(desired, { ...settled, unit });
  assert.deepEqual(verbs(steps), ['register']);
  assert.equal(steps.at(-1)?.kind, 'verify');
});

test('a unit that this user may not touch is refused with the command that helps (N04)', () => {
  const unit = { kind: 'unknown', reason: 'the task is closed to you', denied: 'schtasks /delete' } as const;
  assert.throws(() => planInstall(desired, { ...settled, unit }), {
    kind: 'permission',
    hint: 'schtasks /delete',
  });
});
