import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEnvironmentFile, readServiceUnit } from '../../../src/legacy/systemd/parse-unit.ts';

test('the last of a setting counts, lists add up, and an empty value empties them', () => {
  const unit = readServiceUnit(
    [
      '[Unit]\nDescription=x\nUser=nobody\n[Service]\nUser=mneme\nEnvironment=A=1 "B=two words"\nExecStart=/bin/old\n',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of systemd's
      '[Service]\nExecStart=\nExecStart=-/usr/bin/node "/srv/x y.mjs" \\\n  --port 1 $OPTS ${A}$$ %% %n\nEnvironment=OPTS=-v\\x20x\n',
    ],
    { n: 'mneme-server.service' },
  );
  assert.deepEqual(unit.command, [
    '/usr/bin/node',
    '/srv/x y.mjs',
    '--port',
    '1',
    '-v',
    'x',
    '1$',
    '%',
    'mneme-server.service',
  ]);
  assert.equal(unit.user, 'mneme');
  assert.deepEqual(unit.environment, { A: '1', B: 'two words', OPTS: '-v x' });
  assert.deepEqual(readServiceUnit(['[Service]\nEnvironment=A=1\nEnvironment=\n'], {}).environment, {});
});

test('a comment between continued lines and another section do not count', () => {
  const unit = readServiceUnit(
    [
      '[Service]\nExecStart=/bin/a \\\n# not this\n  b\n[Install]\nExecStart=/bin/no\nWantedBy=multi-user.target\n',
    ],
    {},
  );
  assert.deepEqual(unit.command, ['/bin/a', 'b']);
});

test('a value with a specifier that nobody can fill in is not guessed', () => {
  const unit = readServiceUnit(['[Service]\nExecStart=/bin/a %Z\nWorkingDirectory=%h/x\nUser=%i\n'], {
    h: '/root',
    i: 'bob',
  });
  assert.equal(unit.command, undefined);
  assert.equal(unit.workingDirectory, '/root/x');
  assert.equal(unit.user, 'bob');
});

test('an environment file may quote, comment and continue', () => {
  const text = '# c\nA=1\nB="two \\"words\\"\nlines"\nC=\'$x\'\n;D=no\nE=a\\\nb\nexport F=no\n';
  assert.deepEqual(readEnvironmentFile(text), { A: '1', B: 'two "words"\nlines', C: '$x', E: 'ab' });
});
