import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { randomHex } from '../../src/system/random.ts';

test('random bytes come as many as asked for, and never twice', () => {
  for (const count of [1, 6, 16, 256]) assert.match(randomHex(count), new RegExp(`^[0-9a-f]{${count * 2}}$`));
  assert.equal(new Set(Array.from({ length: 1000 }, () => randomHex(8))).size, 1000);
});

test('and without Node’s cryptography', {
  skip: process.platform === 'win32' ? 'Windows has no other' : false,
}, () => {
  const modules = ['random', 'write-whole'].map((name) =>
    join(import.meta.dirname, `../../src/system/${name}.ts`),
  );
  const script = `const [{ randomHex }] = await Promise.all(${JSON.stringify(modules)}.map((module) => import(module)));
    randomHex(8);
    console.log(JSON.stringify(process.moduleLoadList))`;
  const loaded = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  assert.ok(!(JSON.parse(loaded) as string[]).includes('NativeModule crypto'));
});
