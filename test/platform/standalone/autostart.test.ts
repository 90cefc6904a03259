import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createFixture } from 'fs-fixture';
import {
  autostartState,
  putAutostart,
  refusalNote,
  removeAutostart,
} from '../../../src/platform/standalone/autostart.ts';
import {
  hasLine,
  rebootLine,
  tagOf,
  withLine,
  withoutLine,
} from '../../../src/platform/standalone/crontab.ts';
import { renderDesktop } from '../../../src/platform/standalone/desktop.ts';
import { siteOf } from '../../../src/platform/standalone/site.ts';
import type { LaunchRecord } from '../../../src/runtime/launch-record.ts';
import { realSystem } from '../../../src/system/system.ts';
import { crontabScript } from '../../support/crontab.ts';
import { hostileValues } from '../../support/hostile.ts';
import { missingTools } from '../../support/machine-needs.ts';
import { until } from '../../support/until.ts';

const posix = process.platform === 'win32' ? 'there is no crontab on Windows' : false;

async function machine(options: { cron?: boolean; desktop?: boolean; refuse?: boolean } = {}) {
  const fixture = await createFixture();
  const path = (name: string) => fixture.getPath(name);
  mkdirSync(path('bin'));
  if (options.cron) {
    writeFileSync(path('bin/crontab'), crontabScript);
    chmodSync(path('bin/crontab'), 0o755);
  }
  const base = realSystem();
  const PATH = options.cron ? `${path('bin')}:${process.env.PATH}` : path('bin');
  const variables = { PATH, CRONTAB: path('table'), REFUSE: options.refuse ? '1' : '' };
  const env = {
    HOME: fixture.path,
    XDG_CONFIG_HOME: path('config'),
    ...(options.desktop ? { DESKTOP_SESSION: 'x' } : {}),
  };
  const exec = {
    ...base.exec,
    run: ((argv, more) => base.exec.run(argv, { ...more, env: variables })) as typeof base.exec.run,
  };
  // Whether this machine has desktop sessions is not what is asked.
  const inspect: typeof base.files.inspect = (at) =>
    at.startsWith('/usr/share/') ? Promise.resolve({ kind: 'absent' }) : base.files.inspect(at);
  const system = {
    ...base,
    env,
    exec,
    files: { ...base.files, inspect },
    user: { ...base.user, home: fixture.path },
  };
  const roots = {
    config: path('config/memoryd'),
    data: path('data'),
    state: path('state'),
    logs: path('logs'),
  };
  return {
    path,
    site: siteOf(system, roots, 'memory'),
    table: () => (existsSync(path('table')) ? readFileSync(path('table'), 'latin1') : undefined),
    entries: () => (existsSync(path('config/autostart')) ? readdirSync(path('config/autostart')) : []),
    [Symbol.asyncDispose]: () => fixture.rm(),
  };
}

const record: LaunchRecord = {
  schema: 1,
  service: 'memory',
  description: 'a memory daemon',
  argv: ['/opt/a b/node', '/opt/memoryd.cjs', 'host', 'memory', '--supervise'],
  workingDirectory: '/',
  listen: { host: '127.0.0.1', port: 1 },
  startTimeoutSecs: 60,
  stopTimeoutSecs: 10,
  startAtLogin: true,
};

const tag = tagOf('memory', '12345678');

describe('the crontab', () => {
  const others = fc.string({ unit: 'binary-ascii', maxLength: 200 });

  it('keeps every byte of other lines, and is as it was once ours is gone', () => {
    fc.assert(
      fc.property(others, (crontab) => {
        const line = rebootLine(['/bin/x'], tag) as string;
        const changed = withLine(crontab, line, tag);
        assert.ok(hasLine(changed, line));
        assert.ok(changed.startsWith(crontab));
        assert.equal(withoutLine(changed, tag), crontab);
        assert.equal(withLine(changed, line, tag), changed, 'once is enough');
      }),
    );
  });

  it('replaces an older line of ours and leaves those of neighbours', () => {
    const neighbour = rebootLine(['/bin/x'], tagOf('memory', '87654321')) as string;
    const old = withLine(`${neighbour}\n`, rebootLine(['/old'], tag) as string, tag);
    const changed = withLine(old, rebootLine(['/new'], tag) as string, tag);
    assert.equal(changed, `${neighbour}\n@reboot NODE_OPTIONS= '/new' ${tag}\n`);
  });

  it('says nothing that cron would read otherwise', () => {
    for (const argument of ['50%', 'a\nb', 'a\rb', 'a\0b'])
      assert.equal(rebootLine([argument], tag), undefined);
  });

  it('reads back equal in a real shell', { skip: posix }, () => {
    const values = hostileValues(600).filter(
      (value) => value.isWellFormed() && rebootLine([value], tag) !== undefined,
    );
    assert.ok(values.length > 100);
    const script = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))';
    const line = rebootLine([process.execPath, '-e', script, '--', ...values], tag) as string;
    const command = Buffer.from(line.slice('@reboot '.length), 'latin1');
    const seen = execFileSync('/bin/sh', ['-s'], { input: command });
    assert.deepEqual(JSON.parse(seen.toString()), values);
  });
});

describe('an autostart entry', { skip: missingTools(['gio']) }, () => {
  it('reads back equal by the real parser', async () => {
    await using fixture = await createFixture();
    const script = fixture.getPath('argv.mjs');
    const out = fixture.getPath('out.json');
    writeFileSync(
      script,
      `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(out)}, JSON.stringify(process.argv.slice(2)))`,
    );
    const values = hostileValues(400).filter((value) => value.isWellFormed() && !value.includes('\0'));
    const file = fixture.getPath('entry.desktop');
    writeFileSync(
      file,
      renderDesktop({ name: 'n', comment: 'c', argv: [process.execPath, script, ...values] }),
    );
    execFileSync('gio', ['launch', file]);
    const seen = await until('it was started', () => (existsSync(out) ? readFileSync(out, 'utf8') : ''));
    assert.deepEqual(JSON.parse(seen), values);
  });
});

describe('autostart', { skip: posix }, () => {
  it('is a crontab line where there is cron, and nothing is left of it', async () => {
    await using here = await machine({ cron: true });
    const before = '# mine \xff\xfe\n5 4 * * * echo "a%b"\n';
    writeFileSync(here.path('table'), before, 'latin1');
    await putAutostart(here.site, record);
    await putAutostart(here.site, record);
    const [ours, ...rest] = (here.table() ?? '').slice(before.length).split('\n');
    assert.match(
      ours ?? '',
      /^@reboot NODE_OPTIONS= '\/opt\/a b\/node' .* '--supervise' # memoryd:memory:[0-9a-f]{8}$/,
    );
    assert.deepEqual(rest, ['']);
    assert.equal(await autostartState(here.site, true), 'enabled');
    await removeAutostart(here.site);
    assert.equal(here.table(), before);
    assert.deepEqual(readdirSync(here.site.paths.state), []);
  });

  it('leaves no crontab where there was none', async () => {
    await using here = await machine({ cron: true });
    await putAutostart(here.site, record);
    assert.match(here.table() ?? '', /@reboot/);
    await removeAutostart(here.site);
    assert.equal(here.table(), undefined);
  });

  it('is an entry in the desktop session where there is one', async () => {
    await using here = await machine({ desktop: true });
    await putAutostart(here.site, record);
    assert.equal(here.entries().length, 1);
    assert.equal(await autostartState(here.site, true), 'enabled');
    await removeAutostart(here.site);
    assert.deepEqual(here.entries(), []);
    assert.equal(await autostartState(here.site, true), 'disabled');
  });

  it('is nothing, and says so, where nothing starts things', async () => {
    await using here = await machine();
    await putAutostart(here.site, record);
    assert.equal(await autostartState(here.site, true), 'unknown');
    await removeAutostart(here.site);
  });

  it('is not put in place when it is not wanted, and is taken away when it no longer is', async () => {
    await using here = await machine({ cron: true, desktop: true });
    await putAutostart(here.site, record);
    assert.equal(here.entries().length, 1);
    await putAutostart(here.site, { ...record, startAtLogin: false });
    assert.deepEqual([here.table(), here.entries()], [undefined, []]);
    assert.equal(await autostartState(here.site, true), 'disabled');
  });

  it('shows a line that the user took out as disabled', async () => {
    await using here = await machine({ cron: true });
    await putAutostart(here.site, record);
    rmSync(here.path('table'));
    assert.equal(await autostartState(here.site, false), 'enabled');
    assert.equal(await autostartState(here.site, true), 'disabled');
  });

  it('is taken out of the crontab even when our record of it is gone', async () => {
    await using here = await machine({ cron: true });
    await putAutostart(here.site, record);
    rmSync(join(here.site.paths.state, 'autostart.json'));
    await removeAutostart(here.site);
    assert.equal(here.table(), undefined);
  });

  it('N43 X08 a refusal by crontab is no failure: it is recorded, and told in the words of crontab', async () => {
    await using here = await machine({ cron: true, refuse: true });
    await putAutostart(here.site, record);
    assert.equal(here.table(), undefined);
    assert.equal(await autostartState(here.site, true), 'unknown');
    const { note = '' } = await refusalNote(here.site);
    assert.match(note, /does not start at boot.*not allowed/);
  });
});
