import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import { describeResult, hex, hresultOf, verdictOf } from '../../../src/platform/task-scheduler/codes.ts';
import { isSameTask, startsAtLogin, strangeness } from '../../../src/platform/task-scheduler/compare.ts';
import { decodeOutput } from '../../../src/platform/task-scheduler/decode.ts';
import { parseTask, type Task } from '../../../src/platform/task-scheduler/parse.ts';
import { parseTaskRows } from '../../../src/platform/task-scheduler/query-csv.ts';
import { callSchtasks, schtasksArgv } from '../../../src/platform/task-scheduler/schtasks.ts';
import { parseSid } from '../../../src/system/sid.ts';
import { seed } from '../../support/hostile.ts';

const recordings = join(import.meta.dirname, '..', '..', 'fixtures', 'schtasks');
const recorded = (name: string) => readFileSync(join(recordings, name), 'utf8');

function taskIn(xml: string): Task {
  const parsed = parseTask(xml);
  assert.equal(parsed.kind, 'task', JSON.stringify(parsed));
  return (parsed as { task: Task }).task;
}

test('rows: running is column six and not the word for it, in English and German (W06)', () => {
  const rows = parseTaskRows(recorded('query-csv-en-de-rows.txt'), '\\Example\\board');
  assert.deepEqual(rows, { kind: 'rows', lastResults: [267_009, 267_014] });
});

test('rows: a negative last result is the HRESULT it stands for', () => {
  const rows = parseTaskRows(recorded('query-csv-en.txt'), '\\resticprofile backup\\self backup');
  assert.deepEqual(rows, { kind: 'rows', lastResults: [0x80070002] });
});

test('rows: only the exact name counts, in any case (W20)', () => {
  const text = recorded('query-csv-en-de-rows.txt');
  assert.equal(parseTaskRows(text, '\\example\\BOARD').kind, 'rows');
  for (const other of ['\\Example\\boar', '\\Example\\board2', 'board', '\\Example\\*', '']) {
    assert.deepEqual(parseTaskRows(text, other), { kind: 'unknown' }, other);
  }
});

test('every recorded file, whole or cut anywhere, parses to an answer and never to a crash', () => {
  for (const name of readdirSync(recordings)) {
    const text = recorded(name);
    for (let length = 0; length <= text.length; length += 1 + Math.floor(text.length / 200)) {
      const cut = text.slice(0, length);
      const rows = parseTaskRows(cut, '\\Example\\board');
      if (rows.kind === 'rows')
        for (const one of rows.lastResults) assert.ok([267_009, 267_014].includes(one));
      const parsed = parseTask(cut);
      assert.notEqual(parsed.kind, 'task', `${name} up to ${length} is no task`);
    }
  }
});

test('garbage of any kind is no row, no task, no SID', () => {
  const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.json(), fc.lorem());
  fc.assert(
    fc.property(anything, (text) => {
      assert.deepEqual(parseTaskRows(text, '\\memoryd-S-1-5-21-1-memory'), { kind: 'unknown' });
      assert.equal(parseTask(text).kind, 'invalid');
      assert.equal(parseSid(text), undefined);
    }),
    { seed, numRuns: 2000 },
  );
});

const exported = `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <Settings>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <Enabled>false</Enabled>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
  </Settings>
  <Triggers><LogonTrigger><UserId>DESKTOP-1\\alice</UserId></LogonTrigger></Triggers>
  <Actions><Exec><Command>C:\\Windows\\SYSTEM32\\conhost.exe</Command><Arguments>--headless "C:\\a b\\node.exe" x host memory</Arguments></Exec></Actions>
</Task>`;

test('an export has the schema defaults back, and literal quotes read as they are (W12)', () => {
  const task = taskIn(exported);
  assert.equal(task.enabled, false);
  assert.equal(task.arguments, '--headless "C:\\a b\\node.exe" x host memory');
  assert.equal(task.settings.StopIfGoingOnBatteries, 'true');
  assert.equal(task.settings.ExecutionTimeLimit, 'PT0S');
  assert.equal(task.settings.Priority, '7');
  assert.equal(task.runLevel, 'LeastPrivilege');
  assert.equal(task.logonTriggers[0]?.enabled, true);
  assert.equal(startsAtLogin(task), false);
});

test('dropped defaults, escaped quotes and the case of System32 make no other task; a value does (W12)', () => {
  const self = { sid: 'S-1-5-21-1', userName: 'alice' };
  const written = exported
    .replaceAll('"C:\\a b', '&quot;C:\\a b')
    .replace('node.exe"', 'node.exe&quot;')
    .replace('DESKTOP-1\\alice', 'S-1-5-21-1')
    .replace('SYSTEM32', 'System32')
    .replace('<Enabled>false</Enabled>', '<Enabled>false</Enabled><Priority>7</Priority>');
  assert.equal(isSameTask(taskIn(exported), taskIn(written), self), true);
  const enabled = exported.replace('<Enabled>false</Enabled>', '');
  assert.equal(isSameTask(taskIn(enabled), taskIn(written), self), true, 'enabled or not: no drift (N22)');
  const others = [
    exported.replace('PT0S', 'PT72H'),
    exported.replace('a b', 'a c'),
    exported.replace('DESKTOP-1\\alice', 'DESKTOP-1\\bob'),
    exported.replace('<LogonTrigger>', '<BootTrigger/><LogonTrigger>'),
    exported.replace(/<LogonTrigger>.*<\/LogonTrigger>/, ''),
  ];
  for (const other of others) assert.equal(isSameTask(taskIn(other), taskIn(written), self), false, other);
});

test('a task of our name that runs as somebody else, or something else, is foreign (W20)', () => {
  const self = { sid: 'S-1-5-21-1', userName: 'alice' };
  const principal = (id: string) => `<Principals><Principal><UserId>${id}</UserId></Principal></Principals>`;
  const as = (id: string) => taskIn(exported.replace('<Settings>', `${principal(id)}<Settings>`));
  assert.equal(strangeness(as('S-1-5-21-1'), 'memory', self), undefined);
  assert.equal(strangeness(as('DESKTOP-1\\Alice'), 'memory', self), undefined);
  assert.match(strangeness(as('S-1-5-21-2'), 'memory', self) ?? '', /S-1-5-21-2/);
  assert.match(strangeness(as('DESKTOP-1\\alicia'), 'memory', self) ?? '', /alicia/);
  assert.match(strangeness(taskIn(exported), 'memory', self) ?? '', /a group/);
  assert.match(strangeness(as('S-1-5-21-1'), 'mem', self) ?? '', /it runs/);
});

test('output is decoded whatever the pipe made of it', () => {
  const text = '<?xml version="1.0"?><T>é 日本</T>';
  const utf16 = Buffer.from(text, 'utf16le');
  assert.equal(decodeOutput(Buffer.concat([Buffer.from([0xff, 0xfe]), utf16])), text);
  assert.equal(decodeOutput(utf16), text);
  assert.equal(decodeOutput(Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(utf16).swap16()])), text);
  assert.equal(decodeOutput(Buffer.from(utf16).swap16()), text);
  assert.equal(decodeOutput(Buffer.from(text)), text);
  assert.equal(decodeOutput(Buffer.alloc(0)), '');
  // A console code page: what is ASCII survives.
  assert.match(
    decodeOutput(Buffer.from('"\\t","Wird ausgef\xfchrt"', 'latin1')),
    /^"\\t","Wird ausgef.hrt"$/,
  );
});

test('exit codes: signed, unsigned, and the eight bits that other systems keep (W07)', () => {
  const verdict = (code: number, platform: NodeJS.Platform) => verdictOf(hresultOf(code, platform));
  assert.equal(verdict(-2147024891, 'win32'), 'denied');
  assert.equal(verdict(0x80070005, 'win32'), 'denied');
  assert.equal(verdict(5, 'win32'), 'failed');
  assert.equal(verdict(5, 'linux'), 'denied');
  assert.equal(verdict(2, 'linux'), 'absent');
  assert.equal(verdict(0x1a, 'linux'), 'rejected');
  assert.equal(verdict(1, 'win32'), 'failed');
  assert.equal(verdict(1, 'linux'), 'failed');
  assert.equal(verdict(0, 'win32'), 'ok');
});

test('last results are shown as number and meaning', () => {
  assert.equal(describeResult(267_014), 'ended by task scheduler (0x00041306)');
  assert.equal(describeResult(-2147024894), 'its program is missing (0x80070002)');
  assert.equal(describeResult(3), '0x00000003');
});

test('whoami: the SID is the last field, whatever the account is called', () => {
  assert.equal(parseSid('"desktop-1\\alice","S-1-5-21-1-2-3-1001"\r\n'), 'S-1-5-21-1-2-3-1001');
  assert.equal(parseSid('"ad\\jos\ufffd","S-1-5-21-9"'), 'S-1-5-21-9');
  for (const other of ['desktop-1\\alice', '', '"a","S-1"', '"a","S-1-5-x"', '"S-1-5-21-1","a"']) {
    assert.equal(parseSid(other), undefined, other);
  }
});

test('a Task Scheduler that is stopped, unreachable or blocked is told apart from one that refuses (N19)', async () => {
  for (const code of [0x80041315, 0x80041322, 0x80070422, 0x800704ec, 0x800706ab, 0x800706ba]) {
    assert.equal(verdictOf(hresultOf(code | 0, 'win32')), 'unavailable', hex(code));
    assert.equal(verdictOf(hresultOf(code & 0xff, 'linux')), 'unavailable', hex(code));
  }
  const blocked = { kind: 'blocked', command: 'schtasks', code: 'EPERM', stdout: '', stderr: '' } as const;
  const exec = { run: async () => blocked, spawn: () => assert.fail('not needed') };
  const reply = await callSchtasks({ platform: 'win32', exec }, schtasksArgv.run('\\x'));
  assert.equal(reply.verdict, 'unavailable');
});
