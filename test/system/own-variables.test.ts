import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ignoredVariables } from '../../src/system/own-variables.ts';

const home = '/home/ada';

function reasons(env: Record<string, string>, at = home): string[] {
  return ignoredVariables(env, at).map(({ name, reason }) => `${name}: ${reason}`);
}

test('N32 a relative directory variable is ignored, as the XDG specification says', () => {
  assert.deepEqual(reasons({ XDG_STATE_HOME: 's', XDG_DATA_HOME: './d', XDG_CONFIG_HOME: '' }), [
    'XDG_DATA_HOME: it is not an absolute path',
    'XDG_STATE_HOME: it is not an absolute path',
  ]);
});

test('N07 directories that will not last are ignored: of a snap, of a Flatpak app, and temporary ones', () => {
  const of = (path: string) => reasons({ XDG_DATA_HOME: path })[0];
  assert.equal(of(`${home}/snap/code/163/.local/share`), 'XDG_DATA_HOME: it belongs to the snap code');
  assert.equal(of(`${home}/snap/code/x1`), 'XDG_DATA_HOME: it belongs to the snap code');
  assert.equal(of(`${home}/snap/code/current/a`), 'XDG_DATA_HOME: it belongs to the snap code');
  assert.equal(of(`${home}/.var/app/org.x.Y/data`), 'XDG_DATA_HOME: it belongs to the Flatpak app org.x.Y');
  assert.equal(of('/tmp/sandbox.1/share'), 'XDG_DATA_HOME: /tmp is emptied');
  assert.equal(of('/run/user/1000/x'), 'XDG_DATA_HOME: /run is emptied');
});

test('N07 a directory that lasts is used, also a snap directory of somebody’s own making, and all in a home below /tmp', () => {
  for (const path of [
    `${home}/data`,
    '/srv/data',
    `${home}/snap/notes`,
    `${home}/snapshots/code/1`,
    '/tmpfs/x',
  ])
    assert.deepEqual(reasons({ XDG_DATA_HOME: path }), [], path);
  assert.deepEqual(reasons({ XDG_DATA_HOME: '/tmp/h/share' }, '/tmp/h'), []);
});
