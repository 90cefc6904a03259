import assert from 'node:assert/strict';
import test from 'node:test';
import type { ExecResult } from '../../src/system/exec.ts';
import type { Wine } from './wine.ts';

const key = 'HKCU\\Software\\memoryd-test';

export function registry(wine: () => Wine): void {
  test('reg takes and gives values, through the one place that spawns', async () => {
    const values = [
      'C:\\Program Files\\nssm.exe',
      '"C:\\a b\\x.exe" run --name "x y"',
      'C:\\Users\\José',
      'ends with \\',
    ];
    const adds = values.map((value, index) => ['reg', 'add', key, '/v', `v${index}`, '/d', value, '/f']);
    const queries = values.map((_, index) => ['reg', 'query', key, '/v', `v${index}`]);
    const missing = ['reg', 'query', key, '/v', 'none'];
    const results = await wine().ask<ExecResult[]>('run.ts', [
      ...adds,
      ...queries,
      missing,
      ['reg', 'delete', key, '/f'],
    ]);
    const exited = results.map((result) => {
      assert.equal(result.kind, 'exited', JSON.stringify(result));
      return result as Extract<ExecResult, { kind: 'exited' }>;
    });
    assert.deepEqual(
      exited.map(({ code }) => code),
      [0, 0, 0, 0, 0, 0, 0, 0, 1, 0],
    );
    for (const [index, value] of values.entries()) {
      const { stdout } = exited[values.length + index] as { stdout: string };
      const [, read] = /REG_SZ {4}(.*?)\r?\n/.exec(stdout) ?? [];
      // What is not ASCII comes in the console's code page.
      assert.equal(read?.replace(/[^\x20-\x7e]+/g, '?'), value.replace(/[^\x20-\x7e]+/g, '?'));
    }
  });
}
