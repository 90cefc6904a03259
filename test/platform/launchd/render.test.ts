import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createFixture } from 'fs-fixture';
import { MemorydError } from '../../../src/errors.ts';
import { readMark } from '../../../src/platform/launchd/mark.ts';
import { renderAgent } from '../../../src/platform/launchd/render.ts';
import type { UnitFile, UnitSpec } from '../../../src/service/unit.ts';
import { type PlistValue, readPlist } from '../../simulators/launchd/plist.ts';
import { trials } from '../../support/trials.ts';
import { recordings } from './recorded.ts';
import { specOf } from './spec.ts';

function render(spec: UnitSpec): UnitFile {
  const [file, ...more] = renderAgent(spec);
  assert.ok(file);
  assert.deepEqual(more, []);
  return file;
}

function read(spec: UnitSpec): ReadonlyMap<string, PlistValue> {
  const value = readPlist(render(spec).content);
  assert.ok(value instanceof Map);
  return value;
}

const refused = (spec: UnitSpec, message: RegExp): void => {
  assert.throws(
    () => renderAgent(spec),
    (error) => error instanceof MemorydError && error.kind === 'configuration' && message.test(error.message),
  );
};

const has = (command: string, ...args: string[]): boolean => spawnSync(command, args).error === undefined;
const skipXmllint = has('xmllint', '--version') ? false : 'xmllint is not installed';
const skipPlistutil = has('plistutil', '--version') ? false : 'plistutil (libplist-utils) is not installed';
const skipPlutil = has('plutil', '-help') ? false : 'plutil comes with macOS only';

describe('the plist', () => {
  test('has every key we want and none we do not', () => {
    const plist = read(specOf());
    assert.deepEqual(Object.fromEntries([...plist].filter(([key]) => key !== 'EnvironmentVariables')), {
      Label: 'io.github.memoryd.memory',
      ProgramArguments: specOf().argv,
      WorkingDirectory: specOf().workingDirectory,
      LimitLoadToSessionType: ['Aqua', 'Background'],
      RunAtLoad: true,
      KeepAlive: true,
      ThrottleInterval: 10,
      ExitTimeOut: 10,
      ProcessType: 'Interactive',
      SoftResourceLimits: new Map([['NumberOfFiles', 8192]]),
      Umask: 0o077,
      StandardOutPath: '/dev/null',
      StandardErrorPath: '/Users/alice/Library/Logs/memoryd/memory/launchd-stderr.log',
    });
  });

  test('is a file of its own, named for its label, that others may read and not write', () => {
    const { path, mode, encoding } = render(specOf());
    assert.equal(path, '/Users/alice/Library/LaunchAgents/io.github.memoryd.memory.plist');
    assert.equal(mode, 0o644);
    assert.equal(encoding, 'utf8');
  });

  test('lies where launchd does not look when it is not to start at login', () => {
    const spec = specOf({ startAtLogin: false });
    assert.equal(render(spec).path, `${spec.directories.state}/io.github.memoryd.memory.plist`);
  });

  test('N14: no path of the definition may lie in a folder that macOS keeps from background jobs', () => {
    for (const folder of ['Documents', 'Desktop', 'Downloads'])
      for (const field of ['command.0', 'command.1', 'workingDirectory', 'dataDir'])
        refused(
          specOf({ definitionPaths: [{ field, path: `/Users/alice/${folder}/memory` }] }),
          new RegExp(`^${field} is in /Users/alice/${folder}`),
        );
    render(specOf({ definitionPaths: [{ field: 'dataDir', path: '/Users/alice/memory' }] }));
  });

  test('X01, M16: nothing of the environment of whoever installs is in it', () => {
    const environment = read(specOf()).get('EnvironmentVariables');
    assert.ok(environment instanceof Map);
    const set = [...environment].filter(([, value]) => value !== '').map(([name]) => name);
    assert.deepEqual(set, ['PATH', 'MEMORYD_SERVICE', 'MEMORYD_UNIT']);
  });

  test('empties what injects code, but not what breaks a program when it is empty', () => {
    const environment = read(specOf()).get('EnvironmentVariables');
    assert.ok(environment instanceof Map);
    for (const name of ['NODE_OPTIONS', 'NODE_PATH', 'NODE_V8_COVERAGE', 'OPENSSL_CONF'])
      assert.equal(environment.get(name), '', name);
    for (const name of ['NODE_UNIQUE_ID', 'DYLD_INSERT_LIBRARIES'])
      assert.equal(environment.has(name), false, name);
  });

  test('M06: PATH leads to the node it runs, and to Homebrew', () => {
    const environment = read(specOf({ argv: ['/a b/node', '/m.cjs'] })).get('EnvironmentVariables');
    assert.ok(environment instanceof Map);
    assert.equal(
      environment.get('PATH'),
      '/a b:/opt/homebrew/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
    );
  });

  test('carries a mark that changes with whatever else changes, and only then', () => {
    const mark = (spec: UnitSpec) => readMark(render(spec).content, 'memory')?.unit;
    assert.match(mark(specOf()) ?? '', /^[0-9a-f]{16}$/);
    assert.equal(mark(specOf()), mark(specOf()));
    assert.notEqual(mark(specOf()), mark(specOf({ stopTimeoutSecs: 11 })));
    assert.equal(readMark(render(specOf()).content, 'other'), undefined);
  });

  test('an argument that looks like the mark is not taken for it', () => {
    const forged = '</string><key>MEMORYD_SERVICE</key><string>other</string><string>';
    assert.equal(readMark(render(specOf({ argv: ['/node', '/m.cjs', forged] })).content, 'other'), undefined);
  });
});

describe('what launchd could not run is refused before anything is written', () => {
  test('M06: relative paths', () => {
    refused(specOf({ argv: ['node', '/m.cjs'] }), /the program must be an absolute path/);
    refused(specOf({ argv: ['/node', 'm.cjs'] }), /the entry must be an absolute path/);
    refused(specOf({ workingDirectory: '.' }), /the working directory must be/);
  });

  test('M08: folders that macOS keeps from background jobs', () => {
    const inside = ['Documents/x', 'Desktop', 'Downloads/a/b', 'Library/Mobile Documents/c'];
    for (const folder of inside)
      refused(specOf({ workingDirectory: `/Users/alice/${folder}` }), /macOS does not let/);
    refused(specOf({ workingDirectory: '/Volumes/usb' }), /macOS does not let/);
    refused(specOf({ workingDirectory: '/Users/alice/x/../Documents' }), /macOS does not let/);
    refused(specOf({ argv: ['/Volumes/usb/node', '/m.cjs'] }), /macOS does not let/);
    read(specOf({ workingDirectory: '/Users/alice/Documents2' }));
    read(
      specOf({
        workingDirectory: '/Volumes/big/alice/x',
        user: { name: 'a', uid: 501, home: '/Volumes/big/alice' },
      }),
    );
  });

  test('what has no key: a strict sandbox, an endless stop', () => {
    refused(specOf({ sandbox: 'strict' }), /no strict sandbox/);
    refused(specOf({ stopTimeoutSecs: 0 }), /waits for ever/);
  });

  test('characters that XML cannot carry', () => {
    for (const bad of ['\0', '\u0001', '\u001b[31m', '\u000b', '\ufffe', '\ud800', 'a\udc00b']) {
      refused(specOf({ argv: ['/node', '/m.cjs', bad] }), /XML cannot contain U\+/);
    }
  });
});

/** Whatever a property list can hold, with everything that means something to XML, a shell or launchd. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        '&',
        '<',
        '>',
        '"',
        "'",
        ']]>',
        '<!--',
        '-->',
        '&#13;',
        '&amp;',
        '\r',
        '\n',
        '\t',
        ' ',
        '%',
        '$',
        '\\',
        '$' + '{x}',
        '{{x}}',
        '</string>',
        '<true/>',
        '\u0085',
        '\u2028',
        '😀',
        '__proto__',
        'e\u0301',
      ),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''))
  .filter((text) => !/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u.test(text));

const hostileSpec = fc
  .record({ argv: fc.array(hostile, { maxLength: 6 }), folder: hostile })
  .map(({ argv, folder }) =>
    specOf({
      argv: ['/node', '/m.cjs', ...argv],
      workingDirectory: `/x/${folder}`,
      directories: { config: '', state: '/s', logs: `/l/${folder}` },
    }),
  );

describe('hostile strings', () => {
  test('come back equal through a strict parser', () => {
    fc.assert(
      fc.property(hostileSpec, (spec) => {
        const plist = read(spec);
        assert.deepEqual(plist.get('ProgramArguments'), spec.argv);
        assert.equal(plist.get('WorkingDirectory'), spec.workingDirectory);
      }),
      { numRuns: trials(3000) },
    );
  });

  test('of 4 KB come back equal', () => {
    const long = 'ü&<"\r\n'.repeat(700);
    assert.deepEqual(read(specOf({ argv: ['/node', '/m.cjs', long] })).get('ProgramArguments'), [
      '/node',
      '/m.cjs',
      long,
    ]);
  });

  test('come back equal through plistutil', { skip: skipPlistutil }, async () => {
    await using fixture = await createFixture({});
    await fc.assert(
      fc.asyncProperty(hostileSpec, async (spec) => {
        const file = join(fixture.path, 'in.plist');
        await fixture.writeFile('in.plist', render(spec).content);
        const binary = spawnSync('plistutil', ['-i', file, '-o', join(fixture.path, 'out.bin'), '-f', 'bin']);
        assert.equal(binary.status, 0, String(binary.stderr));
        const xml = spawnSync('plistutil', ['-i', join(fixture.path, 'out.bin'), '-o', '-', '-f', 'xml']);
        // It read the carriage return and writes it bare, which no XML parser may keep.
        const plist = readPlist(String(xml.stdout).replaceAll('\r', '&#13;'));
        assert.ok(plist instanceof Map);
        assert.deepEqual(plist.get('ProgramArguments'), spec.argv);
      }),
      { numRuns: trials(100) },
    );
  });

  test("are valid against Apple's DTD", { skip: skipXmllint }, () => {
    const dtd = join(recordings, 'PropertyList-1.0.dtd');
    fc.assert(
      fc.property(hostileSpec, (spec) => {
        const args = ['--noout', '--nonet', '--dtdvalid', dtd, '-'];
        const result = spawnSync('xmllint', args, { input: render(spec).content });
        assert.equal(result.status, 0, String(result.stderr));
      }),
      { numRuns: trials(50) },
    );
  });

  test("pass Apple's own plutil", { skip: skipPlutil }, () => {
    const result = spawnSync('plutil', ['-lint', '-'], { input: render(specOf()).content });
    assert.equal(result.status, 0, String(result.stdout));
  });
});
