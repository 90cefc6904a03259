import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { createFixture } from 'fs-fixture';
import { systemExec } from '../../../src/system/exec.ts';
import { missingTools } from '../../support/machine-needs.ts';
import { until } from '../../support/until.ts';
import { startWindows, type Windows, type WindowsOptions } from './index.ts';
import { taskRows } from './task-rows.ts';
import { parseXml } from './xml.ts';

const recordings = join(import.meta.dirname, '..', '..', 'fixtures', 'schtasks');

interface Lab extends AsyncDisposable {
  windows: Windows;
  path(name: string): string;
  /** The whole HRESULT of a schtasks call, from the journal: Linux keeps eight bits of it. */
  schtasks(...args: string[]): Promise<{ code: number; stdout: Buffer; stderr: string }>;
  /** Registers a task from XML, as UTF-16LE with a mark. */
  create(name: string, xml: string | Buffer, ...flags: string[]): Promise<number>;
}

async function lab(options: Partial<WindowsOptions> = {}): Promise<Lab> {
  const fixture = await createFixture();
  const windows = await startWindows({ dir: fixture.path, user: 'alice', ...options });
  const schtasks = async (...args: string[]) => {
    const result = await systemExec.run(['schtasks', ...args], { env: windows.env });
    assert.equal(result.kind, 'exited');
    const { bytes, stderr } = result as Extract<typeof result, { kind: 'exited' }>;
    return { code: windows.calls().at(-1)?.code as number, stdout: Buffer.from(bytes), stderr };
  };
  return {
    windows,
    path: (name) => fixture.getPath(name),
    schtasks,
    async create(name, xml, ...flags) {
      const file = fixture.getPath('task.xml');
      await writeFile(file, typeof xml === 'string' ? Buffer.from(`\ufeff${xml}`, 'utf16le') : xml);
      return (await schtasks('/create', '/tn', name, '/xml', file, '/hresult', ...flags)).code;
    },
    async [Symbol.asyncDispose]() {
      await windows.stop();
      await fixture.rm();
    },
  };
}

const sid = 'S-1-5-21-1004336348-1177238915-682003330-1001';
const action =
  '<Actions><Exec><Command>C:\\Windows\\System32\\conhost.exe</Command><Arguments>--headless true</Arguments></Exec></Actions>';
const task = (inside = '', actions = action) =>
  `<?xml version="1.0" encoding="UTF-16"?><Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">${inside}${actions}</Task>`;
const principal = (inside: string) => `<Principals><Principal id="a">${inside}</Principal></Principals>`;
const own = principal(`<UserId>${sid}</UserId>`);
const triggers = (inside: string) => `<Triggers>${inside}</Triggers>`;

test('rows are those that were recorded, to the byte, in English and German', () => {
  const exec = (args: string) =>
    task(
      '',
      `<Actions><Exec><Command>C:\\Windows\\System32\\conhost.exe</Command><Arguments>${args}</Arguments></Exec></Actions>`,
    );
  const definition = parseXml(
    exec('--headless &quot;C:\\K\\node.exe&quot; &quot;C:\\K\\board-boot.js&quot;'),
  );
  const disabled = parseXml(
    exec('--headless "C:\\K\\node.exe" "C:\\K\\board-boot.js"').replace(
      '<Actions>',
      '<Settings><Enabled>false</Enabled></Settings><Actions>',
    ),
  );
  const state = { host: 'DESKTOP-1', account: 'DESKTOP-1\\alice', name: '\\Example\\board' };
  const lastRun = new Date(2026, 8, 12, 22, 41, 43);
  const rows = [
    // A German date format with an English Windows: what the recording shows.
    taskRows(definition, { ...state, locale: 'en', lastRun, lastResult: 267_009, running: true }),
    taskRows(disabled, { ...state, locale: 'de', lastRun, lastResult: 267_014, running: false }),
  ];
  const recorded = readFileSync(join(recordings, 'query-csv-en-de-rows.txt'), 'utf8').split(/\r?\n/);
  for (const [index, row] of rows.entries()) {
    const shown = row.toString('latin1').replace('12/09/2026', '12.09.2026');
    assert.ok(shown.startsWith(`${recorded[index]},`), `${shown}\n${recorded[index]}`);
  }
});

test('a standard user may not register what starts for anybody, at boot, as another or elevated (W01)', async () => {
  await using machine = await lab();
  const refused: [string, number][] = [
    [triggers('<LogonTrigger/>'), 0x80070005],
    [triggers('<LogonTrigger><UserId>S-1-5-21-1-2-3-1002</UserId></LogonTrigger>'), 0x80070005],
    [triggers('<BootTrigger/>'), 0x80070005],
    [principal(`<UserId>${sid}</UserId><RunLevel>HighestAvailable</RunLevel>`), 0x80070005],
    [principal(`<UserId>${sid}</UserId><LogonType>S4U</LogonType>`), 0x80070005],
    [principal('<UserId>S-1-5-18</UserId>'), 0x80070005],
    [principal('<UserId>nobody-here</UserId>'), 0x80070534],
  ];
  for (const [inside, code] of refused) assert.equal(await machine.create('x', task(inside)), code, inside);
  assert.deepEqual(machine.windows.taskNames(), []);
  for (const id of [sid, 'DESKTOP-1\\alice', 'ALICE']) {
    const mine = triggers(`<LogonTrigger><UserId>${id}</UserId></LogonTrigger>`);
    assert.equal(await machine.create('x', task(mine + own), '/f'), 0, id);
  }
});

test('exit codes are those of the table, with and without /hresult (W07)', async () => {
  await using machine = await lab();
  const { schtasks } = machine;
  for (const verb of ['/query', '/run', '/end', '/delete']) {
    assert.equal((await schtasks(verb, '/tn', 'none', '/hresult')).code, 0x80070002, verb);
    assert.equal((await schtasks(verb, '/tn', '\\no\\folder', '/hresult')).code, 0x80070003, verb);
    assert.equal((await schtasks(verb, '/tn', 'none')).code, 1, verb);
  }
  assert.equal(await machine.create('mine', task(own)), 0);
  assert.equal(await machine.create('mine', task(own)), 0x800700b7);
  assert.equal(await machine.create('mine', task(own), '/f'), 0);
  machine.windows.plant('\\theirs', task(), { owner: 'S-1-5-21-1-2-3-1002' });
  machine.windows.plant('\\closed', task(own), { closed: true });
  for (const name of ['theirs', 'closed']) {
    assert.equal((await schtasks('/query', '/tn', name, '/hresult')).code, 0x80070005);
    assert.equal((await schtasks('/query', '/tn', name)).code, 1);
  }
  machine.windows.setEnabled('\\mine', false);
  assert.equal((await schtasks('/run', '/tn', 'mine', '/hresult')).code, 0x80041326);
});

test('files in another encoding and broken XML are malformed (W08)', async () => {
  await using machine = await lab();
  const wrong: (string | Buffer)[] = [
    Buffer.from(task()),
    Buffer.from(`\ufeff${task()}`),
    Buffer.from(task(), 'utf16le'),
    task().replace('</Task>', ''),
    'hello',
  ];
  for (const xml of wrong) assert.equal(await machine.create('x', xml), 0x8004131a);
  assert.equal(await machine.create('x', task().replace(/ xmlns="[^"]*"/, '')), 0x80041317);
  // An 8-bit file that does not claim to be UTF-16 is read.
  assert.equal(await machine.create('x', Buffer.from(task().replace(' encoding="UTF-16"', ''))), 0);
});

test('what the schema forbids is not registered', { skip: missingTools(['xmllint']) }, async () => {
  await using machine = await lab();
  const wrong: [string, number][] = [
    [task('<Settings><Priority>11</Priority></Settings>'), 0x80041318],
    [
      task(
        triggers(
          '<TimeTrigger><StartBoundary>2001-01-01T00:00:00</StartBoundary><Repetition><Interval>PT30S</Interval></Repetition></TimeTrigger>',
        ),
      ),
      0x80041318,
    ],
    [task('<Settings><Nonsense/></Settings>'), 0x80041316],
    [task('', ''), 0x80041319],
  ];
  for (const [xml, code] of wrong) assert.equal(await machine.create('x', xml), code, xml);
});

test('an export is UTF-16, drops defaults, and has literal quotes and the account in triggers (W12)', async () => {
  await using machine = await lab();
  const mine = triggers(`<LogonTrigger><Enabled>true</Enabled><UserId>${sid}</UserId></LogonTrigger>`);
  const settings =
    '<Settings><Enabled>true</Enabled><ExecutionTimeLimit>PT0S</ExecutionTimeLimit></Settings>';
  const quoted = action.replace('--headless true', '--headless &quot;a b&quot; &amp;');
  await machine.create('x', task(mine + own + settings, quoted));
  const { stdout } = await machine.schtasks('/query', '/tn', 'x', '/xml', '/hresult');
  assert.deepEqual([...stdout.subarray(0, 2)], [0xff, 0xfe]);
  const xml = stdout.subarray(2).toString('utf16le');
  assert.doesNotMatch(xml, /<Enabled>/);
  assert.match(xml, /<ExecutionTimeLimit>PT0S</);
  assert.match(xml, /<Arguments>--headless "a b" &amp;<\/Arguments>/);
  assert.match(xml, /<LogonTrigger>\s*<UserId>DESKTOP-1\\alice<\/UserId>/);
  machine.windows.setEnabled('\\x', false);
  const again = await machine.schtasks('/query', '/tn', 'x', '/xml', '/hresult');
  assert.match(again.stdout.toString('utf16le'), /<Enabled>false<\/Enabled>/);
});

const sleeper = (seconds: number) => action.replace('--headless true', `--headless sleep ${seconds}`);

test('/run of a running task starts nothing, /end kills one process, a /run right after is dropped (W11)', async () => {
  await using machine = await lab();
  const { schtasks, windows } = machine;
  await machine.create('x', task(own, sleeper(30)));
  assert.equal(
    (await schtasks('/query', '/tn', 'x', '/fo', 'csv', '/v', '/nh')).stdout.toString().split('","')[6],
    '267011',
  );
  await schtasks('/run', '/tn', 'x');
  const first = windows.task('\\x')?.process?.pid;
  assert.equal((await schtasks('/run', '/tn', 'x', '/hresult')).code, 0);
  assert.equal(windows.task('\\x')?.process?.pid, first);
  const { processes, treeOf } = await import('./processes.ts');
  const tree = await until('conhost has its child', () => {
    const pids = treeOf(first as number);
    return pids.length === 2 ? pids : undefined;
  });
  await schtasks('/end', '/tn', 'x');
  await until('conhost is gone', () => !processes().some(({ pid }) => pid === first));
  assert.ok(
    processes().some(({ pid }) => pid === tree[1]),
    'its child lives',
  );
  assert.equal(windows.task('\\x')?.lastResult, 267_014);
  assert.equal((await schtasks('/run', '/tn', 'x', '/hresult')).code, 0);
  assert.equal(windows.task('\\x')?.process, undefined);
  await until('it can be run again', async () => {
    await schtasks('/run', '/tn', 'x');
    return windows.task('\\x')?.process;
  });
});

test('a duration ends the repetition (W15), the default limit kills after 72 hours (W02), batteries stop it (W03)', async () => {
  await using machine = await lab();
  const { windows } = machine;
  const start = new Date(Date.now() - 60_000).toISOString().slice(0, 19);
  const repeating = (duration: string) =>
    triggers(
      `<TimeTrigger><StartBoundary>${start}</StartBoundary><Repetition><Interval>PT5M</Interval>${duration}</Repetition></TimeTrigger>`,
    );
  await machine.create('day', task(repeating('<Duration>P1D</Duration>') + own));
  await machine.create('ever', task(repeating('') + own));
  await machine.create('long', task(own, sleeper(60)));
  await machine.schtasks('/run', '/tn', 'long');
  windows.tick(25 * 60);
  await until('both ended', () => !windows.task('\\day')?.process && !windows.task('\\ever')?.process);
  const ran = (name: string) => windows.task(name)?.lastRun?.getTime() ?? 0;
  const before = [ran('\\day'), ran('\\ever')];
  assert.ok(before.every((time) => time > 0));
  await until('a later moment', () => Date.now() > Math.max(...before));
  windows.tick(5);
  assert.equal(ran('\\day'), before[0]);
  assert.ok(ran('\\ever') > (before[1] as number));
  assert.ok(windows.task('\\long')?.process);
  windows.tick(48 * 60);
  assert.equal(windows.task('\\long')?.process, undefined);
  windows.power('battery');
  await machine.schtasks('/run', '/tn', 'day');
  assert.equal(windows.task('\\day')?.process, undefined);
});

test('a call that names /RU waits for a password for ever', async () => {
  await using machine = await lab();
  const argv = ['schtasks', '/create', '/tn', 'x', '/tr', 'x', '/sc', 'onlogon', '/ru', 'alice'] as const;
  const result = await systemExec.run(argv, { env: machine.windows.env, timeoutMs: 500 });
  assert.equal(result.kind, 'timeout');
  assert.equal(machine.windows.calls().at(-1)?.code, null);
});

test('the small tools answer as theirs do', async () => {
  await using machine = await lab({ excluded: [[8300, 8399]] });
  const { env, reg } = machine.windows;
  const run = async (...argv: [string, ...string[]]) => {
    const result = await systemExec.run(argv, { env });
    return result.kind === 'exited' ? `${result.code} ${result.stdout}` : result.kind;
  };
  assert.equal(await run('whoami', '/user', '/fo', 'csv', '/nh'), `0 "desktop-1\\alice","${sid}"\r\n`);
  assert.match(
    await run('tasklist', '/fi', `PID eq ${process.pid}`, '/fo', 'csv', '/nh'),
    /^0 "node\.exe","\d+",/,
  );
  assert.match(await run('tasklist', '/fi', 'PID eq 4194305', '/fo', 'csv', '/nh'), /^0 INFO/);
  assert.match(await run('taskkill', '/pid', '4194305', '/t', '/f'), /^128 /);
  assert.match(
    await run('netsh', 'interface', 'ipv4', 'show', 'excludedportrange', 'protocol=tcp'),
    / 8300 +8399\r/,
  );
  const run_ = 'HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run';
  assert.match(await run('reg', 'query', run_, '/v', 'x'), /^1 /);
  assert.match(await run('reg', 'add', run_, '/v', 'x', '/d', '"C:\\a b" c', '/f'), /^0 /);
  assert.match(
    await run('reg', 'query', run_, '/v', 'X'),
    /\r\nHKEY_CURRENT_USER\\Software.*\r\n {4}x {4}REG_SZ {4}"C:\\a b" c\r\n/,
  );
  assert.match(await run('reg', 'add', 'HKLM\\SOFTWARE\\x', '/v', 'x', '/d', 'y', '/f'), /^1 /);
  reg.set('HKLM\\SYSTEM\\CurrentControlSet\\Services\\n', 'ImagePath', 'C:\\nssm.exe', 'REG_EXPAND_SZ');
  assert.match(
    await run('reg', 'query', 'HKLM\\SYSTEM\\CurrentControlSet\\Services\\n', '/v', 'ImagePath'),
    /REG_EXPAND_SZ {4}C:\\nssm\.exe/,
  );
  assert.match(await run('reg', 'query', 'HKLM\\SYSTEM\\CurrentControlSet\\Services'), /Services\\n\r\n/);
});
