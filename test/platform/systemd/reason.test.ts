import assert from 'node:assert/strict';
import test from 'node:test';
import { parseShow, readUnit } from '../../../src/platform/systemd/parse.ts';
import { reasonOf } from '../../../src/platform/systemd/reason.ts';

/** What systemd 252 said, in this order, of a unit whose process was not ready within TimeoutStartSec=1. */
const recorded = [
  ['activating', 'start', 'success', 0, 0, 0],
  ['activating', 'auto-restart', 'timeout', 2, 15, 1],
  ['activating', 'start', 'success', 0, 0, 1],
] as const;

test('M05 what systemd ended for being late was late, and was not killed by anybody', () => {
  const reasons = recorded.map(([active, sub, result, code, status, restarts]) => {
    const [block] = parseShow(
      `Result=${result}\nNRestarts=${restarts}\nExecMainCode=${code}\nExecMainStatus=${status}\nLoadState=loaded\n` +
        `ActiveState=${active}\nSubState=${sub}\nUnitFileState=static\nNeedDaemonReload=no\nFragmentPath=/u\n`,
    );
    const unit = readUnit(block ?? new Map());
    assert.ok(unit);
    return reasonOf(unit);
  });
  assert.deepEqual(reasons, [undefined, 'it was not ready in time', undefined]);
});
