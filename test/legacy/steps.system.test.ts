import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createFixture } from 'fs-fixture';
import { apply } from '../../src/install/apply.ts';
import { recover } from '../../src/install/recover.ts';
import type { CopyData } from '../../src/service/migration-step.ts';
import type { Plan, Step } from '../../src/service/step.ts';
import { realSystem } from '../../src/system/system.ts';
import { until } from '../support/until.ts';
import { contextOf } from './step-context.ts';

function contextIn(directory: string, answers?: () => Promise<void>) {
  const roots = { config: directory, data: directory, state: directory, logs: directory };
  return contextOf({
    system: realSystem(),
    backend: { name: 'standalone' },
    service: 'memory',
    roots,
    answers,
  });
}

const planOf = (steps: Step[], finishFrom?: number): Plan => ({
  command: 'migrate',
  service: 'memory',
  steps,
  onInterrupt: 'undo',
  ...(finishFrom === undefined ? {} : { finishFrom }),
});

const copy = (directory: string): CopyData => ({
  kind: 'copy-data',
  from: join(directory, 'from'),
  to: join(directory, 'deep/to'),
  manifest: join(directory, 'data.json'),
  bytes: 0,
  why: '',
});

const verify: Step = { kind: 'verify', build: 'b', timeoutMs: 1, why: '' };

test('a copy that is undone is gone, with what belongs to it', async () => {
  await using fixture = await createFixture({ 'from/a': 'a' });
  const { context } = contextIn(fixture.path, async () => {
    throw new Error('no answer');
  });
  await assert.rejects(apply(planOf([copy(fixture.path), verify]), context), /no answer/);
  assert.deepEqual(readdirSync(fixture.getPath('deep')), []);
  assert.ok(!existsSync(fixture.getPath('data.json')));
  assert.equal(readFileSync(fixture.getPath('from/a'), 'utf8'), 'a');
});

test('a second copy that is undone leaves the lists of the first as they were', async () => {
  await using fixture = await createFixture({ 'from/a': 'a' });
  const first = contextIn(fixture.path);
  await apply(planOf([copy(fixture.path)]), first.context);
  const lists = ['data.json', 'data.json.sha256'].map((name) => fixture.getPath(name));
  const before = lists.map((path) => readFileSync(path, 'utf8'));
  await writeFile(fixture.getPath('from/b'), 'b');
  const second = contextIn(fixture.path, async () => {
    throw new Error('no answer');
  });
  const elsewhere = { ...copy(fixture.path), to: fixture.getPath('deep/to-2') };
  await assert.rejects(apply(planOf([elsewhere, verify]), second.context), /no answer/);
  assert.deepEqual(
    lists.map((path) => readFileSync(path, 'utf8')),
    before,
  );
  assert.deepEqual(readdirSync(fixture.getPath('deep')), ['to']);
});

test('memories that the new daemon stored before it failed are kept beside, and that is said', async () => {
  await using fixture = await createFixture({ 'from/a': 'a' });
  const { context, events } = contextIn(fixture.path, async () => {
    await appendFile(fixture.getPath('deep/to/a'), ' and a new memory');
    throw new Error('no answer');
  });
  await assert.rejects(apply(planOf([copy(fixture.path), verify]), context), /no answer/);
  const [kept = ''] = readdirSync(fixture.getPath('deep'));
  assert.match(kept, /^to\.memoryd-kept-/);
  assert.equal(readFileSync(fixture.getPath(`deep/${kept}/a`), 'utf8'), 'a and a new memory');
  assert.ok(events.some((event) => event.kind === 'note' && event.text.includes(kept)));
});

test('a place that is taken is never written into, and what took it stays', async () => {
  await using fixture = await createFixture({ 'from/a': 'a', 'deep/to/mine': 'mine' });
  const { context } = contextIn(fixture.path);
  await assert.rejects(apply(planOf([copy(fixture.path)]), context), /already exists/);
  assert.equal(readFileSync(fixture.getPath('deep/to/mine'), 'utf8'), 'mine');
});

const canMount = process.platform === 'linux' && spawnSync('unshare', ['-m', 'true']).status === 0;

test('a disk that fills up in the middle of a copy: what was written goes, and the step before is undone', {
  skip: !canMount && 'needs a file system of its own',
}, async () => {
  await using fixture = await createFixture({
    'from/a': randomBytes(700_000),
    'from/b': randomBytes(700_000),
    small: {},
  });
  const small = fixture.getPath('small');
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small]);
  try {
    const { context } = contextIn(fixture.path);
    const undone = join(fixture.path, 'undone');
    const steps: Step[] = [
      { kind: 'legacy-command', do: [{ argv: ['true'] }], undo: [{ argv: ['touch', undone] }], why: '' },
      { ...copy(fixture.path), to: join(small, 'to') },
    ];
    await assert.rejects(apply(planOf(steps), context), /ENOSPC/);
    assert.deepEqual(readdirSync(small), []);
    assert.ok(existsSync(undone));
  } finally {
    execFileSync('umount', [small]);
  }
});

test('a command is undone only where its check says that there is something to undo', async () => {
  await using fixture = await createFixture({ there: '' });
  const trace = fixture.getPath('trace');
  const step = (name: string, path: string): Step => ({
    kind: 'legacy-command',
    do: [{ argv: ['true'] }],
    undo: [{ argv: ['sh', '-c', `echo ${name} >>"$1"`, 'sh', trace] }],
    undone: { kind: 'present', path },
    why: '',
  });
  const failing: Step = { kind: 'legacy-command', do: [{ argv: ['false'] }], undo: [], why: '' };
  const steps = [
    step('needless', fixture.getPath('there')),
    step('needed', fixture.getPath('gone')),
    failing,
  ];
  await assert.rejects(apply(planOf(steps), contextIn(fixture.path).context), /false failed/);
  assert.equal(readFileSync(trace, 'utf8'), 'needed\n');
});

test('X07 past its point of no return a plan that was killed is finished, and each step may run twice', async () => {
  for (const killedAt of [0, 1, 2]) {
    await using fixture = await createFixture({ pm2: { 'dump.pm2': '[{"name":"a"},{"name":"b"}]' } });
    const { context } = contextIn(fixture.path);
    const steps: Step[] = [
      { kind: 'write', path: fixture.getPath('first'), content: '1', encoding: 'utf8', mode: 0o600, why: '' },
      { kind: 'record', path: fixture.getPath('record'), record: { schema: 1 }, why: '' },
      { kind: 'pm2-forget', home: fixture.getPath('pm2'), name: 'a', retire: 'remove', why: '' },
    ];
    const reached = Promise.withResolvers<void>();
    const { journal } = context;
    const done = journal.done.bind(journal);
    journal.done = async (index) => {
      if (index < killedAt) return done(index);
      reached.resolve();
      return new Promise(() => undefined);
    };
    void apply(planOf(steps, 1), context);
    await reached.promise;
    journal.done = done;
    const interrupted = await journal.read();
    assert.ok(interrupted !== undefined);
    const { recovery } = await recover(interrupted, context);
    assert.equal(recovery, killedAt === 0 ? 'undone' : 'finished');
    assert.equal(existsSync(fixture.getPath('first')), killedAt > 0);
    assert.equal(existsSync(fixture.getPath('record')), killedAt > 0);
    const names = JSON.parse(readFileSync(fixture.getPath('pm2/dump.pm2'), 'utf8')) as { name: string }[];
    assert.equal(
      names.some(({ name }) => name === 'a'),
      killedAt === 0,
    );
  }
});

test('a list of PM2’s that is broken is not made worse', async () => {
  await using fixture = await createFixture({ pm2: { 'dump.pm2': '[{"name":"a"' } });
  const step: Step = {
    kind: 'pm2-forget',
    home: fixture.getPath('pm2'),
    name: 'a',
    retire: 'remove',
    why: '',
  };
  await assert.rejects(apply(planOf([step]), contextIn(fixture.path).context), /not what pm2 save writes/);
  assert.equal(readFileSync(fixture.getPath('pm2/dump.pm2'), 'utf8'), '[{"name":"a"');
});

const skip = process.platform !== 'linux' && 'start identities as Linux has them';

test('X03 a process whose pid is somebody else’s by now is left alone', { skip }, async (t) => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { stdio: 'ignore' });
  t.after(() => child.kill('SIGKILL'));
  await using fixture = await createFixture({});
  const base = {
    kind: 'stop-process',
    argv: ['true'],
    environment: {},
    workingDirectory: '/',
    why: '',
  } as const;
  const pid = child.pid as number;
  const { context } = contextIn(fixture.path);
  const { processes } = context.system;
  await until('it runs', () => processes.startIdentity(pid));
  await apply(planOf([{ ...base, argv: ['true'], pid, start: 'another run of that pid' }]), context);
  assert.ok(processes.alive(pid) && child.exitCode === null);
  await apply(
    planOf([{ ...base, argv: ['true'], pid, start: processes.startIdentity(pid) as string }]),
    context,
  );
  assert.equal(processes.startIdentity(pid), undefined);
});

test('a process that was stopped for a migration that failed is started again as it was', {
  skip,
}, async (t) => {
  await using fixture = await createFixture({});
  const started = fixture.getPath('started');
  await mkdir(fixture.getPath('work'));
  const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { stdio: 'ignore' });
  t.after(() => child.kill('SIGKILL'));
  const { context } = contextIn(fixture.path);
  const pid = child.pid as number;
  const start = await until('it runs', () => context.system.processes.startIdentity(pid));
  const script = 'require("fs").writeFileSync(process.argv[1], process.cwd() + process.env.MOVED)';
  const step: Step = {
    kind: 'stop-process',
    pid,
    start,
    argv: [process.execPath, '-e', script, started],
    environment: { MOVED: 'along' },
    workingDirectory: fixture.getPath('work'),
    why: '',
  };
  const failing: Step = { kind: 'legacy-command', do: [{ argv: ['false'] }], undo: [], why: '' };
  await assert.rejects(apply(planOf([step, failing]), context));
  await until(
    'it is started again',
    () => existsSync(started) && readFileSync(started, 'utf8') === `${fixture.getPath('work')}along`,
  );
  await writeFile(started, '');
});
