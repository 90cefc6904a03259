// What an uninstall says of backups, and what becomes of them.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { withStandaloneHome } from '../support/standalone-user.ts';

const skip = process.platform === 'win32' ? 'Windows has no standalone backend' : false;

test('an uninstall names the backups that it leaves, and --purge removes them', { skip }, () =>
  withStandaloneHome(async (cli, home) => {
    await cli.must(['install', '--backend', 'standalone', '--no-login']);
    const file = join(home, 'one.jsonl');
    await writeFile(file, `${JSON.stringify({ content: 'The launch is on Friday' })}\n`);
    await cli.must(['import', file]);
    const { stderr } = await cli.run(['backup']);
    assert.match(stderr, /^memory: 1 memory is in /m);

    const { paths } = await cli.status();
    const { left } = JSON.parse(await cli.must(['uninstall', '--json'])) as { left: string[] };
    const [data = '', backups = ''] = left;
    assert.deepEqual([left.length, data], [2, paths.data]);
    assert.equal(readdirSync(backups).length, 1);

    await cli.must(['uninstall', '--purge', '--yes']);
    assert.ok(!existsSync(join(home, '.local', 'share', 'memoryd')));
  }),
);
