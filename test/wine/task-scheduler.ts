import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { win32 } from 'node:path';
import test from 'node:test';
import { taskName } from '../../src/platform/task-scheduler/names.ts';
import { renderTask } from '../../src/platform/task-scheduler/render.ts';
import type { UnitSpec } from '../../src/service/unit.ts';
import type { Wine } from './wine.ts';

const sid = 'S-1-5-21-1004336348-1177238915-682003330-1001';
const task = taskName(sid, 'memory');

/** What a task of this user runs. */
export function unitSpec(wine: Wine, changes: Partial<UnitSpec> = {}): UnitSpec {
  const app = win32.join(wine.local, 'memoryd');
  return {
    service: 'memory',
    description: 'memory daemon "memory" <memoryd> & 日本',
    argv: [win32.join(app, 'node.exe'), win32.join(app, 'memoryd.cjs'), 'host', 'memory'],
    workingDirectory: app,
    listen: { host: '127.0.0.1', port: 8353 },
    startTimeoutSecs: 60,
    stopTimeoutSecs: 10,
    sandbox: 'default',
    startAtLogin: true,
    user: { name: 'José 日本', uid: -1, home: wine.profile, sid },
    directories: { config: app, state: app, logs: app },
    ...changes,
  };
}

function rendered(wine: Wine, startAtLogin: boolean): string {
  return renderTask(unitSpec(wine, { startAtLogin }), sid, { systemRoot: 'C:\\windows', cmd: 'usable' })
    .content;
}

/** Wine's schtasks knows no /hresult, and its exit codes are 0 and 1. */
async function create(wine: Wine, bytes: Buffer): Promise<number | null> {
  const file = wine.file('日本.xml');
  writeFileSync(file.unix, bytes);
  const { code } = await wine.run(['schtasks', '/create', '/tn', task, '/xml', file.windows, '/f']);
  return code;
}

const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');

export function taskScheduler(wine: () => Wine): void {
  test('its Task Scheduler registers the task, from a path no code page has (W01, W08, W09)', async () => {
    for (const startAtLogin of [true, false]) {
      assert.equal(await create(wine(), utf16(rendered(wine(), startAtLogin))), 0);
    }
    const again = await wine().run(['schtasks', '/delete', '/tn', task, '/f']);
    assert.equal(again.code, 0, 'it was there');
    const once = await wine().run(['schtasks', '/delete', '/tn', task, '/f']);
    assert.equal(once.code, 1, 'it is gone');
  });

  test('its Task Scheduler refuses what the simulator refuses: encodings, namespace, broken XML (W08)', async () => {
    const xml = rendered(wine(), true);
    const wrong = [
      Buffer.from(xml, 'utf16le'),
      // Without the end of Task its parser reads for ever.
      utf16(xml.replace('</Settings>', '</Setting>')),
      utf16(xml.replace(/ xmlns="[^"]*"/, '')),
    ];
    for (const [index, bytes] of wrong.entries()) assert.notEqual(await create(wine(), bytes), 0, `${index}`);
  });
}
