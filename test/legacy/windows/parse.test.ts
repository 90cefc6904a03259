import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readScQuery } from '../../../src/install/elevated/sc.ts';
import { readTaskXml } from '../../../src/legacy/scheduled-task/parse.ts';
import { expandVariables, readRegQuery } from '../../../src/legacy/windows-service/parse-registry.ts';
import { readWinsw } from '../../../src/legacy/windows-service/parse-winsw.ts';

test('keys and values of reg query are read whatever the language of its last line', () => {
  const output = [
    '',
    'HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\GraphitiBootstrap',
    '    Type    REG_DWORD    0x10',
    '    ImagePath    REG_EXPAND_SZ    C:\\a b\\nssm.exe',
    '    Empty    REG_SZ    ',
    '',
    'HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\GraphitiBootstrap\\Parameters',
    '    AppEnvironmentExtra    REG_MULTI_SZ    A=1\\0B=x    y',
    '',
    'Suchende: 3 Übereinstimmungen gefunden.',
    '',
  ].join('\r\n');
  const [service, parameters] = readRegQuery(output);
  assert.equal(service?.values.get('type'), 16);
  assert.equal(service?.values.get('imagepath'), 'C:\\a b\\nssm.exe');
  assert.deepEqual(parameters?.values.get('appenvironmentextra'), ['A=1', 'B=x    y']);
});

test('variables in a path ignore case, and unknown ones stay', () => {
  assert.equal(expandVariables('%systemroot%\\x %no%', { SystemRoot: 'C:\\Windows' }), 'C:\\Windows\\x %no%');
});

test('W06 the state of a service is read from its numbers alone', () => {
  const german = [
    '',
    'DIENSTNAME: Spooler ',
    '        TYP                : 110  WIN32_OWN_PROCESS  (interactive)',
    '        STATUS             : 4  RUNNING ',
    '                                (STOPPABLE, NOT_PAUSABLE, ACCEPTS_SHUTDOWN)',
    '        WIN32_BEENDIGUNGSC : 0  (0x0)',
    '        DIENST_BEENDIGUNGS : 0  (0x0)',
    '        PRÜFPUNKT          : 0x0',
    '        WARTEHINWEIS       : 0x0',
    '        PID                : 1234',
    '        MARKIERUNGEN       : ',
  ].join('\r\n');
  assert.deepEqual(readScQuery(german), { kind: 'running', pid: 1234 });
  assert.deepEqual(readScQuery(german.replace('4  RUNNING', '1  STOPPED')), { kind: 'stopped' });
  assert.deepEqual(readScQuery('nothing like it'), { kind: 'unknown' });
});

test('both ways of WinSW to say arguments, and its own directory', () => {
  const two = readWinsw(
    '<service><id>x</id><executable>%BASE%\\d.exe</executable><arguments>--a "b c"</arguments><env name="K" value="%BASE%\\v"/></service>',
    'C:\\svc',
  );
  assert.equal(two?.executable, 'C:\\svc\\d.exe');
  assert.deepEqual(two?.words, ['--a', 'b c']);
  assert.deepEqual(two?.environment, { K: 'C:\\svc\\v' });
  const one = readWinsw(
    '<service><executable>node.exe</executable><argument>"w.js" -f "C:\\x y\\a.js" -l "n"</argument></service>',
    '',
  );
  assert.deepEqual(one?.words, ['w.js', '-f', 'C:\\x y\\a.js', '-l', 'n']);
  assert.equal(readWinsw('<configuration/>', ''), undefined);
  assert.equal(readWinsw('not xml', ''), undefined);
});

test('a task says what it runs, for whom, and whether it is on', () => {
  const xml = `\ufeff<?xml version="1.0" encoding="UTF-16"?><Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
    <Principals><Principal id="Author"><UserId>S-1-5-21-1-2-3-1001</UserId></Principal></Principals>
    <Settings><Enabled>false</Enabled></Settings>
    <Actions><Exec><Command>"C:\\py\\python.exe"</Command><Arguments>-m mcp_server.daemon.bootstrap &quot;a b&quot;</Arguments></Exec></Actions></Task>`;
  assert.deepEqual(readTaskXml(xml), {
    command: ['C:\\py\\python.exe', '-m', 'mcp_server.daemon.bootstrap', 'a b'],
    workingDirectory: undefined,
    userId: 'S-1-5-21-1-2-3-1001',
    enabled: false,
  });
  assert.equal(readTaskXml('<no/>'), undefined);
});
