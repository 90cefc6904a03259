import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { linesIn } from '../support/guide.ts';
import { freePort, paste, whoAnswers, withServer } from '../support/legacy.ts';
import { needsUserManager } from '../support/machine-needs.ts';
import { until } from '../support/until.ts';

const memories = `const [, at] = process.argv[4].split(':');
require('node:http').createServer((_, response) => response.end('memories')).listen(Number(at), '127.0.0.1');
`;

test(
  'all older services are moved when all are asked for, and none while it is not said which',
  { skip: needsUserManager },
  withServer(async (user, cli, port, argv) => {
    const other = await freePort();
    const program = join(user.home, 'bin', 'memory-mcp');
    await user.write(program, `#!${user.node}\n${memories}`, 0o755);
    const commands = {
      'mneme-server': argv.join(' '),
      memories: `${program} serve --bind 127.0.0.1:${other}`,
    };
    const units = Object.keys(commands).map((name) => `${name}.service`);
    for (const [name, command] of Object.entries(commands)) {
      const unit = `[Service]\nExecStart=${command}\n[Install]\nWantedBy=default.target\n`;
      await user.write(join(user.home, '.config/systemd/user', `${name}.service`), unit);
    }
    await user.systemctl('daemon-reload');
    await user.systemctl('enable', '--now', ...units);
    const said = async () => (await fetch(`http://127.0.0.1:${other}/`)).text();
    await until('the old ones answer', async () => (await whoAnswers(port)) === 'mneme' && (await said()));

    const undecided = await cli.run(['migrate']);
    assert.notEqual(undecided.code, 0);
    for (const unit of units) assert.match(undecided.stdout + undecided.stderr, new RegExp(unit));
    assert.equal(await whoAnswers(port), 'mneme');

    const all = linesIn('README', 'Then').at(-1) ?? '';
    assert.match(all, /--all/);
    const { code, stdout, stderr } = await paste(user, cli, all);
    assert.equal(code, 0, stdout + stderr);
    assert.equal(await whoAnswers(port), 'memoryd');
    assert.equal(await until('it answers again', said), 'memories');
    for (const name of ['mneme-server', 'memory-mcp'])
      assert.equal((await cli.status(name)).state, 'running');
    const left = await user.systemctl('list-unit-files', '--no-legend', ...units).catch(() => '');
    assert.equal(left, '');
  }),
);
