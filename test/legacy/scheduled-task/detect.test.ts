import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detectTasks } from '../../../src/legacy/scheduled-task/detect.ts';
import { lookout } from '../detection-context.ts';

test('W17 a task of another account is told and left alone', () => {
  const task = (userId: string) =>
    `<Task><Principals><Principal><UserId>${userId}</UserId></Principal></Principals><Settings/><Actions><Exec><Command>python.exe</Command><Arguments>-m mcp_server.daemon.bootstrap</Arguments></Exec></Actions></Task>`;
  const run = { kind: 'running' } as const;
  const sid = 'S-1-5-21-1-2-3-1001';
  const [mine, theirs, closed] = detectTasks(
    [
      { name: '\\GraphitiBootstrap_bob', xml: task(sid), run },
      { name: '\\GraphitiBootstrap', xml: task('DESKTOP\\alice'), run },
      { name: '\\Graphiti\\GraphitiBootstrap', xml: undefined, run },
    ],
    sid,
    lookout,
  );
  assert.deepEqual(
    [mine, theirs, closed].map((one) => one?.handling.kind),
    ['migrate', 'report', 'report'],
  );
});
