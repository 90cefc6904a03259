import assert from 'node:assert/strict';
import test from 'node:test';
import { describe as observe, takeSnapshot } from '../../src/install/snapshot.ts';
import { statusOf } from '../../src/service/status-of.ts';
import type { Files } from '../../src/system/files.ts';
import { usualRoots } from '../../src/system/roots.ts';
import { realSystem, type System } from '../../src/system/system.ts';
import { idleNote } from '../../src/system/wsl.ts';

const wsl2 = '5.15.90.1-microsoft-standard-WSL2\n';
const path = '/usr/bin:/mnt/c/Windows/system32:/mnt/c/Users/alice b/AppData/Local/Microsoft/WindowsApps:';
const settings = '/mnt/c/Users/alice b/.wslconfig';

/** A machine with these files and no others. */
function machine(content: Record<string, string>, changes: Partial<System> = {}): System {
  const real = realSystem();
  const read: Files['read'] = async (at) => {
    const text = content[at];
    return text === undefined ? { kind: 'absent' } : { kind: 'content', text, bytes: Buffer.from(text) };
  };
  const files = { ...real.files, read, inspect: async () => ({ kind: 'absent' }) as const };
  return { ...real, platform: 'linux', env: { PATH: path }, files, ...changes };
}

const release = (text: string) => ({ '/proc/sys/kernel/osrelease': text });

test('L18 in WSL it is said that Windows ends an idle machine, and what keeps it', async () => {
  for (const env of [{ PATH: path }, { PATH: '/usr/bin' }, {}]) {
    const note = await idleNote(machine(release(wsl2), { env }));
    assert.match(note ?? '', /last terminal closes.*instanceIdleTimeout=-1.*\.wslconfig/);
  }
});

test('L18 once it is set, nothing more is said', async () => {
  const says = async (text: string) =>
    (await idleNote(machine({ ...release(wsl2), [settings]: text }))) ?? '';
  assert.equal(await says('[general]\r\ninstanceIdleTimeout=-1\r\n'), '');
  assert.equal(await says('[general]\n InstanceIdleTimeout = -1'), '');
  for (const text of [
    '',
    '[wsl2]\nvmIdleTimeout=-1',
    'instanceIdleTimeout=60000',
    '# instanceIdleTimeout=-1',
  ])
    assert.match(await says(text), /WSL/, text);
});

test('on every other machine there is nothing to say', async () => {
  for (const text of ['6.1.0-18-amd64\n', '6.8.0-1015-azure\n'])
    assert.equal(await idleNote(machine(release(text))), undefined, text);
  assert.equal(await idleNote(machine({})), undefined);
  assert.equal(await idleNote(machine(release(wsl2), { platform: 'darwin' })), undefined);
});

test('L18 it is among the notes of a service that is there, and of no other', async () => {
  const system = machine(release(wsl2));
  const place = { system, roots: usualRoots('linux', '/home/alice') };
  const sighting = await takeSnapshot(place, 'memory', 'standalone');
  const notesOf = async (unit: Parameters<typeof observe>[2]['unit']) => {
    const seen = await observe(place, sighting, { unit, definition: 'valid' });
    return statusOf(seen, { version: '1', build: 'b' }).notes.map(({ text }) => text);
  };
  const unit = {
    kind: 'registered',
    path: '/u',
    enabled: 'enabled',
    dropIns: [],
    needsReload: false,
  } as const;
  const notes = await notesOf({ ...unit, dropIns: [], process: { kind: 'stopped' } });
  assert.deepEqual(notes, [await idleNote(system)]);
  assert.doesNotMatch((await notesOf({ kind: 'absent' })).join(), /WSL/);
});
