import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createFixture } from 'fs-fixture';
import { MemorydError } from '../../src/errors.ts';
import { apply } from '../../src/install/apply.ts';
import type { StepContext } from '../../src/install/context.ts';
import { Journal } from '../../src/install/journal.ts';
import { recover } from '../../src/install/recover.ts';
import { servicePaths } from '../../src/layout.ts';
import type { Backend } from '../../src/platform/backend.ts';
import type { Plan, Step } from '../../src/service/step.ts';
import type { Verb } from '../../src/service/unit.ts';
import { realSystem } from '../../src/system/system.ts';

/** A manager that only remembers what it was told, and refuses what it is told to refuse. */
function fakeManager(refuse?: Verb) {
  const told: Verb[] = [];
  const perform = async (verb: Verb) => {
    told.push(verb);
    if (verb === refuse) throw new Error(`the manager refuses ${verb}`);
  };
  return { told, backend: { name: 'standalone', perform } as unknown as Backend };
}

function contextIn(
  directory: string,
  backend: Backend,
  verify: () => Promise<void> = async () => undefined,
): StepContext {
  const journal = new Journal(join(directory, 'journal'));
  const roots = { config: directory, data: directory, state: directory, logs: directory };
  const paths = servicePaths(roots, 'memory');
  const daemon = () => Promise.reject(new Error('no step asks the daemon'));
  return {
    system: realSystem(),
    backend,
    service: 'memory',
    paths,
    journal,
    verify,
    verifyGone: verify,
    daemon,
  };
}

const text = { encoding: 'utf8', mode: 0o600, why: '' } as const;

/** Every kind of step that can be undone, over a home with something in it. */
function steps(home: string): Step[] {
  return [
    {
      kind: 'copy',
      from: join(home, 'package'),
      to: join(home, 'data/app/1'),
      entries: ['dist'],
      link: false,
      why: '',
    },
    { kind: 'write', path: join(home, 'deep/down/new'), content: 'new', ...text },
    { kind: 'write', path: join(home, 'changed'), content: 'changed', ...text },
    { kind: 'manager', do: [], undo: ['register', 'restart'], why: '' },
    { kind: 'remove', path: join(home, 'removed'), why: '' },
    { kind: 'manager', do: ['register'], undo: [], why: '' },
    { kind: 'manager', do: ['restart'], undo: [], why: '' },
    { kind: 'verify', build: 'b', timeoutMs: 1, why: '' },
  ];
}

async function home() {
  const fixture = await createFixture({
    package: { 'dist/x.js': 'x' },
    changed: 'before',
    removed: 'still here',
  });
  await mkdir(fixture.getPath('data'));
  return fixture;
}

/** Every file below a directory with its content and mode. */
function tree(directory: string): Record<string, string> {
  const entries = readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    entries.map((entry) => {
      const stats = statSync(join(directory, entry));
      const content = stats.isDirectory() ? '/' : readFileSync(join(directory, entry), 'utf8');
      return [entry, `${(stats.mode & 0o777).toString(8)} ${content}`];
    }),
  );
}

const plan = (home: string, onInterrupt: Plan['onInterrupt'] = 'undo'): Plan => ({
  command: 'install',
  service: 'memory',
  steps: steps(home),
  onInterrupt,
});

test('a plan is carried out, and the journal is gone afterwards', async () => {
  await using fixture = await home();
  const { told, backend } = fakeManager();
  await apply(plan(fixture.path), contextIn(fixture.path, backend));
  assert.equal(readFileSync(fixture.getPath('changed'), 'utf8'), 'changed');
  assert.equal(readFileSync(fixture.getPath('data/app/1/dist/x.js'), 'utf8'), 'x');
  assert.ok(!existsSync(fixture.getPath('removed')));
  assert.ok(!existsSync(fixture.getPath('journal')));
  assert.deepEqual(told, ['register', 'restart']);
});

test('X07 a plan whose verification fails leaves every byte and mode as before, and the old registered again', async () => {
  await using fixture = await home();
  const before = tree(fixture.path);
  const { told, backend } = fakeManager();
  const context = contextIn(fixture.path, backend, async () => {
    throw new Error('it does not answer');
  });
  await assert.rejects(apply(plan(fixture.path), context), /it does not answer/);
  assert.deepEqual(tree(fixture.path), before);
  assert.deepEqual(told, ['register', 'restart', 'register', 'restart']);
});

/** A run that was killed: what it had begun is on disk, nothing was undone. */
async function killedAfter(count: number, fixturePath: string, partly: boolean): Promise<void> {
  const { backend } = fakeManager();
  const context = contextIn(fixturePath, backend);
  const all = steps(fixturePath);
  const killed = Promise.withResolvers<never>();
  const reached = Promise.withResolvers<void>();
  const journal = context.journal;
  const stopAt = async () => {
    reached.resolve();
    await killed.promise;
  };
  const begin = journal.begin.bind(journal);
  const done = journal.done.bind(journal);
  journal.begin = async (index, before) => {
    await begin(index, before);
    if (partly && index === count) await stopAt();
  };
  journal.done = async (index) => {
    if (!partly && index === count) await stopAt();
    await done(index);
  };
  void apply({ ...plan(fixturePath), steps: all }, context);
  await reached.promise;
}

for (const index of steps('/').keys()) {
  for (const partly of [true, false]) {
    test(`X07 killed ${partly ? 'before' : 'after'} step ${index}: the next run puts everything back`, async () => {
      await using fixture = await home();
      const before = tree(fixture.path);
      await killedAfter(index, fixture.path, partly);
      const { backend } = fakeManager();
      const context = contextIn(fixture.path, backend);
      const interrupted = await context.journal.read();
      assert.ok(interrupted);
      assert.equal((await recover(interrupted, context)).recovery, 'undone');
      assert.deepEqual(tree(fixture.path), before);
    });
  }
}

test('undoing twice is as good as once', async () => {
  await using fixture = await home();
  const before = tree(fixture.path);
  await killedAfter(4, fixture.path, false);
  const context = contextIn(fixture.path, fakeManager().backend);
  const interrupted = await context.journal.read();
  assert.ok(interrupted);
  const files = { ...context.system.files };
  files.remove = async (path) => {
    throw new Error(`cannot remove ${path}`);
  };
  const first = await recover(interrupted, { ...context, system: { ...context.system, files } });
  assert.equal(first.kept, true);
  assert.match(String(first.failures[0]?.error), /cannot remove/);
  assert.deepEqual(await recover(interrupted, context), { recovery: 'undone', failures: [], kept: false });
  assert.deepEqual(tree(fixture.path), before);
});

test('N01 an undo whose start the manager refuses restores every file, says both reasons and keeps no journal', async () => {
  await using fixture = await home();
  const before = tree(fixture.path);
  const { backend } = fakeManager('restart');
  await assert.rejects(
    apply(plan(fixture.path), contextIn(fixture.path, backend)),
    /the manager refuses restart; what ran before was not started again: the manager refuses restart/,
  );
  assert.deepEqual(tree(fixture.path), before);
});

test('N01 a file that cannot be restored keeps the journal, does not keep the others from it, and is named', async () => {
  await using fixture = await home();
  const context = contextIn(fixture.path, fakeManager().backend, async () => {
    await rm(fixture.getPath('journal/before-4'));
    throw new MemorydError('failed', 'it does not answer', { words: 'its last line' });
  });
  await assert.rejects(apply(plan(fixture.path), context), (error: MemorydError) => {
    assert.match(error.message, /it does not answer; undoing the change failed too: .*removed/);
    assert.equal(error.words, 'its last line');
    assert.equal(error.hint, 'memoryd uninstall memory');
    return true;
  });
  assert.equal(readFileSync(fixture.getPath('changed'), 'utf8'), 'before');
  assert.ok(existsSync(fixture.getPath('journal/plan.json')));
});

test('N01 a stop or uninstall undoes an interrupted change without starting anything', async () => {
  await using fixture = await home();
  const before = tree(fixture.path);
  await killedAfter(7, fixture.path, true);
  const { told, backend } = fakeManager();
  const context = { ...contextIn(fixture.path, backend), mayStart: false };
  const interrupted = await context.journal.read();
  assert.ok(interrupted);
  assert.deepEqual(await recover(interrupted, context), { recovery: 'undone', failures: [], kept: false });
  assert.deepEqual(told, ['register']);
  assert.deepEqual(tree(fixture.path), before);
});

test('N01 an undone migration starts no old daemon beside a new one that could not be stopped', async () => {
  await using fixture = await home();
  const { told, backend } = fakeManager('stop');
  const context = contextIn(fixture.path, backend);
  const verify: Step = { kind: 'verify', build: 'b', timeoutMs: 1, why: '' };
  const moving: Plan = {
    command: 'migrate',
    service: 'memory',
    onInterrupt: 'undo',
    steps: [
      { kind: 'manager', do: [], undo: ['restart'], why: '' },
      { kind: 'manager', do: ['start'], undo: ['stop'], why: '' },
      verify,
    ],
  };
  const failing = {
    ...context,
    verify: async () => {
      throw new Error('it does not answer');
    },
  };
  await assert.rejects(apply(moving, failing), /undoing the change failed too: the manager refuses stop/);
  assert.deepEqual(told, ['start', 'stop']);
  assert.ok(existsSync(fixture.getPath('journal/plan.json')));
});

test('N01 an uninstall removes what it can, names the rest and keeps no journal', async () => {
  await using fixture = await home();
  const context = contextIn(fixture.path, fakeManager().backend);
  const system = { ...context.system, files: { ...context.system.files } };
  system.files.removeTree = async (path) => {
    throw Object.assign(new Error('EACCES'), { code: 'EACCES', path });
  };
  const takeAway: Plan = {
    command: 'uninstall',
    service: 'memory',
    onInterrupt: 'finish',
    steps: [
      { kind: 'remove-tree', path: fixture.getPath('package'), why: '' },
      { kind: 'remove', path: fixture.getPath('removed'), why: '' },
    ],
  };
  await assert.rejects(apply(takeAway, { ...context, system }), (error: MemorydError) => {
    assert.equal(error.kind, 'permission');
    assert.match(error.message, /still there: .*package/);
    return true;
  });
  assert.ok(!existsSync(fixture.getPath('removed')));
  assert.ok(!existsSync(fixture.getPath('journal')));
});

test('N06 an uninstall works on a full disk, where its journal cannot be written; an install names the path', async () => {
  await using fixture = await home();
  const context = contextIn(fixture.path, fakeManager().backend);
  const full = async () => {
    throw Object.assign(new Error('ENOSPC, write'), { code: 'ENOSPC', path: '/somewhere/plan.json' });
  };
  context.journal.open = full;
  context.journal.begin = full;
  context.journal.done = full;
  context.journal.commit = full;
  await assert.rejects(apply(plan(fixture.path), context), (error: MemorydError) => {
    assert.equal(error.message, 'the disk is full: cannot write /somewhere/plan.json');
    assert.equal(error.hint, 'df -h /');
    return true;
  });
  const steps: Step[] = [{ kind: 'remove', path: fixture.getPath('removed'), why: '' }];
  await apply({ command: 'uninstall', service: 'memory', onInterrupt: 'finish', steps }, context);
  assert.ok(!existsSync(fixture.getPath('removed')));
});

test('a plan that only takes away is finished by the next run', async () => {
  await using fixture = await home();
  const context = contextIn(fixture.path, fakeManager('stop').backend);
  const takeAway: Plan = {
    command: 'uninstall',
    service: 'memory',
    onInterrupt: 'finish',
    steps: [
      { kind: 'remove', path: fixture.getPath('removed'), why: '' },
      { kind: 'manager', do: ['stop'], undo: [], why: '' },
      { kind: 'remove-tree', path: fixture.getPath('package'), why: '' },
    ],
  };
  await assert.rejects(apply(takeAway, context), /refuses stop/);
  const again = contextIn(fixture.path, fakeManager().backend);
  const interrupted = await again.journal.read();
  assert.ok(interrupted);
  assert.equal((await recover(interrupted, again)).recovery, 'finished');
  assert.ok(!existsSync(fixture.getPath('package')));
  assert.equal(await again.journal.read(), undefined);
});

test('a record cut short by the kill announces nothing', async () => {
  await using fixture = await createFixture({
    journal: { 'plan.json': '{"schema":1', 'records.jsonl': '{"beg' },
  });
  assert.equal(await new Journal(fixture.getPath('journal')).read(), undefined);
  await writeFile(fixture.getPath('journal/plan.json'), '{"schema":1,"steps":[]}');
  assert.equal(await new Journal(fixture.getPath('journal')).read(), undefined);
  const header = {
    schema: 1,
    backend: 'standalone',
    command: 'install',
    service: 'memory',
    onInterrupt: 'undo',
  };
  await writeFile(fixture.getPath('journal/plan.json'), JSON.stringify({ ...header, steps: [] }));
  assert.deepEqual((await new Journal(fixture.getPath('journal')).read())?.begun, []);
});

test('X01 a journalled secret is its path, never its bytes', async () => {
  await using fixture = await home();
  const secret: Step = {
    kind: 'write',
    path: fixture.getPath('token'),
    content: 's3cret',
    ...text,
    secret: true,
  };
  const context = contextIn(fixture.path, fakeManager().backend, async () => {
    const journal = readFileSync(fixture.getPath('journal/plan.json'), 'utf8');
    assert.ok(journal.includes('/token') && !journal.includes('s3cret'));
  });
  const verify: Step = { kind: 'verify', build: 'b', timeoutMs: 1, why: '' };
  await apply({ ...plan(fixture.path), steps: [secret, verify] }, context);
});
