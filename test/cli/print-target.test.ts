import assert from 'node:assert/strict';
import test from 'node:test';
import { printTargetFor } from '../../src/cli/print-target.ts';
import { servicePaths } from '../../src/layout.ts';
import { realSystem } from '../../src/system/system.ts';

const sid = 'S-1-5-21-1004336348-1177238915-682003330-1001';
const roots = { config: '/c', data: '/d', state: '/s', logs: '/l' };

test('printed on the Windows machine itself, nothing is a placeholder (N26)', async () => {
  const answer = {
    kind: 'exited',
    code: 0,
    stdout: `"pc\\me","${sid}"\r\n`,
    stderr: '',
    bytes: new Uint8Array(),
  } as const;
  const exec = { run: async () => answer, spawn: () => assert.fail('nothing to start') };
  const system = { ...realSystem(), platform: 'win32' as const, exec };
  const machine = { system, roots, configHome: '/c' } as unknown as Parameters<typeof printTargetFor>[0];
  const target = await printTargetFor(machine, 'memory');
  assert.deepEqual(target.placeholders, {});
  assert.equal(target.user.sid, sid);
  assert.deepEqual(target.paths, servicePaths(roots, 'memory'));
  assert.equal(target.node, process.execPath);
});
