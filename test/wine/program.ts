import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { ensureBuilt } from '../../scripts/cli.ts';
import { version } from '../../src/package.ts';
import { repository } from '../support/lab.ts';
import { windowsNode } from './windows-node.ts';
import { Wine } from './wine.ts';

export function program(wine: () => Wine): void {
  const memoryd = (...args: string[]) =>
    wine().run([windowsNode, Wine.windows(join(repository, 'dist', 'memoryd.cjs')), ...args]);

  test('the built program starts, and prints the unit for where it is', async () => {
    await ensureBuilt();
    const shown = await memoryd('--version');
    assert.equal(shown.code, 0);
    assert.ok(shown.output.startsWith(version), shown.output);
    const printed = await memoryd('print');
    assert.equal(printed.code, 0, printed.output);
    assert.match(printed.output, /<Command>C:\\windows\\System32\\conhost\.exe<\/Command>/);
    assert.match(printed.output, /<WorkingDirectory>C:\\users\\/);
  });

  test('what this Windows lacks is said plainly, with an exit code of its own', async () => {
    // Wine's whoami knows no SIDs.
    const { code, output } = await memoryd('install');
    assert.equal(code, 69, output);
    assert.equal(output, 'memoryd: whoami did not print the SID of this user\ntry: whoami /user\n');
  });
}
