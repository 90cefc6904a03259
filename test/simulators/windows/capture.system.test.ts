import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createFixture } from 'fs-fixture';
import { decodeOutput } from '../../../src/platform/task-scheduler/decode.ts';
import { parseTask } from '../../../src/platform/task-scheduler/parse.ts';
import { parseTaskRows } from '../../../src/platform/task-scheduler/query-csv.ts';
import { startWindows } from './index.ts';

const script = join(import.meta.dirname, '..', '..', '..', 'scripts', 'capture-windows.ts');

// It waits for what Windows may do late, or not at all: twenty seconds, idle.
test('the capture script answers its questions, records what parsers read, and leaves nothing behind', {
  skip: process.platform === 'linux' ? false : 'the simulator runs on Linux',
}, async () => {
  await using fixture = await createFixture({ tmp: {} });
  const out = join(fixture.path, 'out');
  const windows = await startWindows({ dir: join(fixture.path, 'windows') });
  try {
    const env = { ...process.env, ...windows.env, TMPDIR: join(fixture.path, 'tmp') };
    const argv = ['--disable-warning=ExperimentalWarning', script, out];
    const child = spawn(process.execPath, argv, { env, stdio: ['ignore', 'ignore', 'inherit'] });
    assert.deepEqual(await once(child, 'exit'), [0, null]);

    const text = async (name: string) => decodeOutput(await readFile(join(out, name)));
    const answers = await text('answers.txt');
    assert.match(answers, /^arguments through conhost: as they are$/m);
    assert.match(answers, /^arguments through conhost and cmd: as they are$/m);
    assert.match(answers, /^NODE_OPTIONS behind cmd: removed$/m);
    assert.match(answers, /^is a \/run right after \/end dropped: yes$/m);
    assert.match(answers, /^does the child of conhost outlive \/end: yes$/m);
    const codes = await text('codes.txt');
    for (const line of ['query-absent: exit 2 ', 'create-boot-trigger: exit 5 ', 'create: exit 0 '])
      assert.ok(codes.includes(line), `${line} in\n${codes}`);

    const task = parseTask(await text('query-xml.txt'));
    assert.equal(task.kind === 'task' && task.task.logonTriggers[0]?.userId, 'DESKTOP-1\\alice');
    const running = parseTaskRows(await text('query-rows-running.txt'), '\\memoryd-capture');
    assert.ok(running.kind === 'rows' && running.lastResults.includes(267_009));
    for (const name of await readdir(out))
      assert.equal((await text(name)).includes(windows.sid), false, `nobody is named in ${name}`);

    assert.deepEqual(windows.taskNames(), []);
    assert.deepEqual(await readdir(join(fixture.path, 'tmp')), []);
  } finally {
    await windows.stop();
  }
});
