import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refuseLinger } from '../../src/install/linger.ts';

test('N16: lingering is refused before anything is installed, where the backend has none', () => {
  const refused = (backend: string) => ({
    kind: 'usage',
    message: `--linger: not available with ${backend}`,
  });
  assert.throws(() => refuseLinger({ platform: 'darwin' }, undefined), refused('launchd'));
  assert.throws(() => refuseLinger({ platform: 'win32' }, undefined), refused('task-scheduler'));
  assert.throws(() => refuseLinger({ platform: 'linux' }, 'standalone'), refused('standalone'));
  refuseLinger({ platform: 'linux' }, undefined);
});
