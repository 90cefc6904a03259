import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { MemorydError } from '../../../src/errors.ts';
import { cmdArguments, commandLine, refuseVariables } from '../../../src/platform/task-scheduler/escape.ts';
import { parseTask } from '../../../src/platform/task-scheduler/parse.ts';
import { type ActionPlace, renderTask } from '../../../src/platform/task-scheduler/render.ts';
import { shellLink } from '../../../src/platform/task-scheduler/shell-link.ts';
import { xmlText } from '../../../src/platform/xml.ts';
import { injectedVariables, windowsVariables } from '../../../src/service/injection.ts';
import type { UnitSpec } from '../../../src/service/unit.ts';
import { acceptTask, schemaErrors } from '../../simulators/windows/accept-task.ts';
import { cmdOfChild } from '../../simulators/windows/cmd.ts';
import {
  conhostChildArgv,
  conhostChildLine,
  windowsArguments,
} from '../../simulators/windows/command-line.ts';
import { readShortcut } from '../../simulators/windows/shell-link.ts';
import { at, parseXml, textAt } from '../../simulators/windows/xml.ts';
import { hostileValues, seed, spellable } from '../../support/hostile.ts';
import { missingTools } from '../../support/machine-needs.ts';
import { trials } from '../../support/trials.ts';

const sid = 'S-1-5-21-1004336348-1177238915-682003330-1001';

const spec = (changes: Partial<UnitSpec> = {}): UnitSpec => ({
  service: 'memory',
  description: 'memory daemon "memory" (memoryd)',
  argv: ['C:\\Users\\José\\node.exe', 'C:\\Users\\José\\memoryd.cjs', 'host', 'memory'],
  workingDirectory: 'C:\\Users\\José\\memoryd',
  listen: { host: '127.0.0.1', port: 8353 },
  startTimeoutSecs: 60,
  stopTimeoutSecs: 10,
  sandbox: 'default',
  startAtLogin: true,
  user: { name: 'José', uid: -1, home: 'C:\\Users\\José', sid },
  directories: { config: 'C:\\c', state: 'C:\\s', logs: 'C:\\l' },
  ...changes,
});

const place: ActionPlace = { systemRoot: 'C:\\Windows', cmd: 'usable' };
const render = (changes: Partial<UnitSpec> = {}, where = place) =>
  renderTask(spec(changes), sid, where).content;
const argumentsOf = (content: string) => textAt(parseXml(content), 'Actions', 'Exec', 'Arguments') ?? '';
const bytesOf = (content: string) => Buffer.from(`\ufeff${content}`, 'utf16le');
const setting = (name: string) => textAt(parseXml(render()), 'Settings', name);

test('the logon trigger and the principal name the own SID, with least privilege (W01)', () => {
  const task = parseXml(render());
  assert.equal(textAt(task, 'Triggers', 'LogonTrigger', 'UserId'), sid);
  assert.equal(textAt(task, 'Principals', 'Principal', 'UserId'), sid);
  assert.equal(textAt(task, 'Principals', 'Principal', 'RunLevel'), 'LeastPrivilege');
  assert.equal(textAt(task, 'Principals', 'Principal', 'LogonType'), 'InteractiveToken');
});

test('a standard user may register it (W01)', () => {
  const judged = acceptTask(bytesOf(render()), { sid, account: 'DESKTOP-1\\José' });
  assert.equal(judged.kind, 'accepted', JSON.stringify(judged));
});

test('there is no time limit (W02)', () => assert.equal(setting('ExecutionTimeLimit'), 'PT0S'));

test('batteries change nothing (W03)', () => {
  assert.equal(setting('DisallowStartIfOnBatteries'), 'false');
  assert.equal(setting('StopIfGoingOnBatteries'), 'false');
});

test('it runs at normal priority (W04)', () => assert.equal(setting('Priority'), '5'));

test('a headless conhost gives it no window (W05)', () => {
  const exec = at(parseXml(render()), 'Actions', 'Exec');
  assert.equal(textAt(exec, 'Command'), 'C:\\Windows\\System32\\conhost.exe');
  assert.match(
    textAt(exec, 'Arguments') ?? '',
    /^--headless C:\\Windows\\System32\\cmd\.exe .* C:\\Users\\José\\node\.exe .* host memory --supervise --revived$/,
  );
});

test('variables that inject code are gone before Node starts, and every one of them', () => {
  const { removed, argv } = cmdOfChild(conhostChildLine(argumentsOf(render())));
  assert.deepEqual(removed, windowsVariables);
  assert.deepEqual(argv, [...spec().argv, '--supervise', '--revived']);
  for (const name of ['NODE_OPTIONS', 'NODE_UNIQUE_ID', 'OPENSSL_CONF'])
    assert.ok(removed.includes(name), name);
  assert.deepEqual(
    injectedVariables(Object.fromEntries(removed.map((name) => [name, 'x']))).all,
    removed.toSorted(),
  );
});

test('paths that cmd.exe would take apart arrive whole', () => {
  for (const home of ['C:\\R&D', 'C:\\a b\\R&D (x86)', 'C:\\(x86)^!;,=@', 'C:\\ÿ\u00a0']) {
    const argv: UnitSpec['argv'] = [`${home}\\node.exe`, `${home}\\memoryd.cjs`, 'host', 'memory'];
    const line = conhostChildLine(argumentsOf(render({ argv })));
    assert.deepEqual(cmdOfChild(line).argv, [...argv, '--supervise', '--revived'], line);
  }
});

test('a home with one percent sign is no variable, though its path is there twice (N25)', () => {
  const argv: UnitSpec['argv'] = ['C:\\50% off\\node.exe', 'C:\\50% off\\memoryd.cjs', 'host', 'memory'];
  assert.deepEqual(cmdOfChild(conhostChildLine(argumentsOf(render({ argv })))).argv.slice(0, 4), argv);
});

test('where a policy forbids cmd.exe, the program is run directly', () => {
  const line = argumentsOf(render({}, { ...place, cmd: 'forbidden' }));
  assert.deepEqual(conhostChildArgv(line), [...spec().argv, '--supervise', '--revived']);
});

test('it is meant for UTF-16LE with a byte order mark, and says so (W08)', () => {
  const file = renderTask(spec(), sid, place);
  assert.equal(file.encoding, 'utf16le-bom');
  assert.match(file.content, /^<\?xml version="1\.0" encoding="UTF-16"\?>/);
  const asker = { sid, account: 'DESKTOP-1\\José' };
  for (const wrong of [
    Buffer.from(file.content),
    Buffer.from(`\ufeff${file.content}`),
    Buffer.from(file.content, 'utf16le'),
  ]) {
    assert.equal(acceptTask(wrong, asker).kind, 'refused');
  }
});

test('no script file is between Task Scheduler and node, whatever the profile is called (W09)', () => {
  const exec = at(parseXml(render()), 'Actions', 'Exec');
  assert.doesNotMatch(
    `${textAt(exec, 'Command')} ${textAt(exec, 'Arguments')}`,
    /\.(cmd|bat|vbs|ps1|js)\b|powershell|wscript/i,
  );
  assert.equal(textAt(exec, 'WorkingDirectory'), 'C:\\Users\\José\\memoryd');
});

test('arguments may be longer than the 261 characters of /TR (W10)', () => {
  const argv: UnitSpec['argv'] = [
    `C:\\${'n'.repeat(250)}\\node.exe`,
    `C:\\${'m'.repeat(250)}\\memoryd.cjs`,
    'host',
    'memory',
  ];
  const content = render({ argv });
  assert.ok(argumentsOf(content).length > 900);
  assert.equal(schemaErrors(bytesOf(content)), '');
});

test('the watchdog repeats every five minutes for ever, and starts nothing twice (W15)', () => {
  const repetition = at(parseXml(render()), 'Triggers', 'TimeTrigger', 'Repetition');
  assert.deepEqual(
    repetition?.children.map(({ name, text }) => [name, text]),
    [['Interval', 'PT5M']],
  );
  assert.equal(setting('MultipleInstancesPolicy'), 'IgnoreNew');
  assert.equal(setting('StartWhenAvailable'), 'true');
});

test('without start at login nothing starts it by itself', () => {
  assert.deepEqual(at(parseXml(render({ startAtLogin: false })), 'Triggers')?.children, []);
});

test('the task is valid against the schema', { skip: missingTools(['xmllint']) }, () => {
  assert.equal(schemaErrors(bytesOf(render())), '');
  assert.equal(schemaErrors(bytesOf(render({ startAtLogin: false }))), '');
  assert.notEqual(schemaErrors(bytesOf(render().replace('PT5M', 'PT5S'))), '');
  assert.notEqual(schemaErrors(bytesOf(render().replace('<Priority>5', '<Priority>55'))), '');
});

test('hostile values come back from the XML as they went in, by two parsers', (t) => {
  t.diagnostic(`MEMORYD_SEED=${seed}`);
  const values = spellable(hostileValues(trials(4000)), xmlText);
  assert.ok(values.length > trials(1500), `${values.length}`);
  for (const value of values) {
    const content = render({ description: value });
    assert.equal(textAt(parseXml(content), 'RegistrationInfo', 'Description'), value);
    const parsed = parseTask(content);
    assert.equal(parsed.kind === 'task' && parsed.task.description, value);
  }
});

test('hostile arguments come back from the command line, straight and through conhost', (t) => {
  t.diagnostic(`MEMORYD_SEED=${seed}`);
  const values = spellable(hostileValues(trials(4000)), (value) => commandLine([value]));
  assert.ok(values.length > trials(3000), `${values.length}`);
  for (let from = 0; from < values.length; from += 7) {
    const argv = ['C:\\node.exe', ...values.slice(from, from + 7)];
    assert.deepEqual(windowsArguments(commandLine(argv)), argv);
    assert.deepEqual(conhostChildArgv(commandLine(['--headless', ...argv])), argv);
  }
});

test('hostile arguments that a task can hold come back from the whole task', () => {
  const values = spellable(hostileValues(trials(1500)), (value) =>
    xmlText(refuseVariables(commandLine(cmdArguments([value])))),
  );
  assert.ok(values.length > trials(400), `${values.length}`);
  for (const value of values) {
    const argv: UnitSpec['argv'] = ['C:\\node.exe', value, 'host', 'memory'];
    let content: string;
    try {
      content = render({ argv });
    } catch (error) {
      // Two harmless percent signs can meet in one line.
      assert.ok(error instanceof MemorydError && error.kind === 'configuration', String(error));
      continue;
    }
    const { argv: received } = cmdOfChild(conhostChildLine(argumentsOf(content)));
    assert.deepEqual(received, [...argv, '--supervise', '--revived']);
  }
});

test('what cannot be expressed is refused as configuration before anything is written', () => {
  const refused: Partial<UnitSpec>[] = [
    { description: 'a\u0007b' },
    { description: 'half \ud800 pair' },
    { argv: ['C:\\node.exe', 'a\0b'] },
    { argv: ['C:\\node.exe', 'a\nb'] },
    { argv: ['C:\\node.exe', 'x'.repeat(8000)] },
    { argv: ['C:\\%USERNAME%\\node.exe', 'x'] },
    { argv: ['C:\\node.exe', 'a $(Arg0)'] },
    { argv: ['C:\\node.exe', 'x'.repeat(33_000)] },
    { workingDirectory: `C:\\${'w'.repeat(260)}` },
    { workingDirectory: 'C:\\%TEMP%' },
  ];
  for (const changes of refused) {
    assert.throws(
      () => render(changes),
      { name: 'MemorydError', kind: 'configuration' },
      JSON.stringify(changes).slice(0, 80),
    );
  }
});

test('a shortcut says what the task says, read back by the specification', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 2000 }).filter((value) => !value.includes('\0'));
  fc.assert(
    fc.property(text, text, (args, workingDirectory) => {
      const command = 'C:\\Windows\\System32\\conhost.exe';
      const link = readShortcut(Buffer.from(shellLink({ command, arguments: args, workingDirectory })));
      assert.deepEqual(link, {
        target: command,
        environmentTarget: command,
        arguments: args,
        workingDirectory,
      });
    }),
    { seed, numRuns: 300 },
  );
});
