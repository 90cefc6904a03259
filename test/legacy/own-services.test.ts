import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detectCrontab } from '../../src/legacy/crontab/detect.ts';
import { actionBeside, daemonOfService } from '../../src/legacy/own-services.ts';
import { detectSystemUnits, type UnitFacts } from '../../src/legacy/systemd/detect.ts';
import { knowing } from './detection-context.ts';

const defined = (command: string[]) =>
  knowing(daemonOfService('notes', { command, adapter: undefined, port: 8123 } as never));

const unit = (name: string, exec: string): UnitFacts => ({
  name,
  path: `/etc/systemd/system/${name}`,
  texts: [`[Service]\nExecStart=${exec}\n`],
  environmentFiles: new Map(),
  closed: [],
  run: { kind: 'stopped' },
  starts: 'enabled',
  triggers: [],
});

test('L06 what runs the same as a service’s definition is found, wherever the program lies', () => {
  const lookout = defined(['node', '/srv/notes.mjs', '--port', '{port}']);
  const units = [
    unit('a.service', '/usr/bin/node /srv/notes.mjs --port 9000'),
    unit('b.service', '/usr/bin/node /srv/other.mjs --port 9000'),
    unit('c.service', '/usr/bin/node /srv/notes.mjs.old'),
  ];
  const found = detectSystemUnits(units, lookout);
  assert.deepEqual(
    found.map(({ name, serves, port, daemon }) => [name, serves, port, daemon]),
    [['a.service', 'notes', 9000, undefined]],
  );
});

test('a definition that says nothing but an interpreter matches nothing', () => {
  const lookout = defined(['node', '{dataDir}/notes.mjs']);
  assert.deepEqual(detectCrontab({ lines: ['@reboot node /srv/x.mjs'], processes: [] }, lookout), []);
});

test('L06 M14 a unit that has the name of ours, and that memoryd did not write, is told with what takes it away', () => {
  const lookout = defined([]);
  const [found] = detectSystemUnits([unit('memoryd-notes.service', '/bin/sleep 1')], lookout);
  assert.ok(found !== undefined);
  const handling = actionBeside(found, lookout.known);
  assert.deepEqual(handling.kind === 'report' && handling.commands, [
    ['sudo', 'systemctl', 'disable', '--now', 'memoryd-notes.service'],
  ]);
  assert.deepEqual(detectSystemUnits([unit('memoryd-notes2.service', '/bin/sleep 1')], lookout), []);
});
