// The runner of our tests, run on tests that fail, waver, hang on to things and end too early.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFileSync, chownSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { createFixture } from 'fs-fixture';
import { isFlaky } from '../../scripts/testing/counts.ts';
import { findTestFiles, planJobs, processorWeight } from '../../scripts/testing/files.ts';
import { beginRun } from '../../scripts/testing/leftovers.ts';
import { runSuite } from '../../scripts/testing/suite.ts';

const passes = "import { test } from 'node:test';\ntest('passes', () => {});\n";
const fails = "import { test } from 'node:test';\ntest('fails', () => { throw new Error('no'); });\n";
/** Fails in its first run and passes in its second. */
const wavers = `
import { existsSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
test('wavers', () => {
  if (existsSync('been-here')) return;
  writeFileSync('been-here', '');
  throw new Error('not yet');
});
`;

async function suiteOf(files: Record<string, string>) {
  await using fixture = await createFixture(files);
  let said = '';
  const print = (text: string) => {
    said += text;
  };
  const options = { root: fixture.path, env: process.env, print };
  const results = await runSuite(findTestFiles(fixture.path, []), options);
  return { said, results: new Map(results.map((result) => [result.file, result])) };
}

test('tests that a file has from another one are its own', async () => {
  const { results } = await suiteOf({
    'test/cases.ts':
      "import { test } from 'node:test';\nexport const cases = () => { test('x', () => {}); test('y', () => {}); };\n",
    'test/a.system.test.ts': "import { cases } from './cases.ts';\ncases();\n",
  });
  assert.deepEqual(
    [...results.values()].map(({ file, first }) => ({ file, ...first, seconds: 0 })),
    [{ file: 'test/a.system.test.ts', passed: 2, failed: 0, skipped: 0, seconds: 0 }],
  );
});

test('a file that fails beside others runs once more, and is flaky if it passes then', async () => {
  const { results, said } = await suiteOf({
    'test/a.test.ts': passes,
    'test/b.system.test.ts': wavers,
    'test/c.system.test.ts': fails,
  });
  const flaky = [...results.values()].filter(isFlaky).map(({ file }) => file);
  assert.deepEqual(flaky, ['test/b.system.test.ts']);
  assert.deepEqual(results.get('test/c.system.test.ts')?.second, { passed: 0, failed: 1, skipped: 0 });
  assert.match(said, /^once more, alone: test\/b\.system\.test\.ts$/m);
});

test('quick files share a process, and each has its own counts', async () => {
  const { results } = await suiteOf({ 'test/a.test.ts': passes, 'test/b.test.ts': wavers });
  assert.deepEqual(planJobs([...results.keys()].sort()), [
    { files: ['test/a.test.ts', 'test/b.test.ts'], weight: processorWeight },
  ]);
  assert.deepEqual(results.get('test/a.test.ts')?.first, { passed: 1, failed: 0, skipped: 0 });
  assert.deepEqual(results.get('test/b.test.ts')?.first, { passed: 0, failed: 1, skipped: 0 });
});

test('a quick file that cannot be loaded has failed, and takes none of its batch along', async () => {
  const { results } = await suiteOf({
    'test/b.test.ts': passes,
    'test/c.test.ts': "throw new Error('cannot be loaded');\n",
  });
  const failed = [...results.values()].filter(({ first, second }) => (second ?? first).failed > 0);
  assert.deepEqual(
    failed.map(({ file }) => file),
    ['test/c.test.ts'],
  );
  const { first, second } = results.get('test/b.test.ts') ?? assert.fail();
  assert.deepEqual(second ?? first, { passed: 1, failed: 0, skipped: 0 });
});

test('a system file whose process dies has failed', async () => {
  const { results } = await suiteOf({
    'test/a.system.test.ts': "process.kill(process.pid, 'SIGKILL');\n",
    'test/b.system.test.ts': passes,
  });
  const { second } = results.get('test/a.system.test.ts') ?? assert.fail();
  assert.equal(second?.failed, 1);
});

const cannotCompare = process.platform === 'linux' ? false : 'compares on Linux only';

test('what a run leaves behind is named', { skip: cannotCompare }, async () => {
  const run = beginRun();
  const { TMPDIR = '' } = run.env;
  writeFileSync(join(TMPDIR, 'forgotten'), '');
  const child = spawn('sleep', ['600'], { env: run.env, stdio: 'ignore' });
  try {
    const left = await run.end();
    assert.ok(left.includes(join(TMPDIR, 'forgotten')), left.join('\n'));
    assert.ok(left.includes(`process ${child.pid} sleep 600`), left.join('\n'));
  } finally {
    child.kill('SIGKILL');
  }
});

test('what a deleted account of a run has left is named, and nothing of other runs', {
  skip: cannotCompare || (process.getuid?.() === 0 ? false : 'needs root to make what belongs to nobody'),
}, async () => {
  await using fixture = await createFixture({});
  const run = beginRun();
  // No account has these numbers.
  appendFileSync(run.env.MEMORYD_TEST_MADE ?? '', 'mdt1x1\nmdt1x1 4194001\n');
  const [ours, other] = [4194001, 4194002].map((uid) => {
    const path = `/tmp/mdt-left-${basename(fixture.path)}-${uid}`;
    writeFileSync(path, '');
    chownSync(path, uid, uid);
    return path;
  });
  try {
    assert.deepEqual(await run.end(), [ours]);
  } finally {
    for (const path of [ours, other]) rmSync(path ?? '');
  }
});
