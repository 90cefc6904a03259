import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from 'commander';
import { program } from '../../src/cli/program.ts';
import { editHint, keepHint } from '../../src/service/shell-line.ts';
import { notesOf } from '../../src/service/status-notes.ts';
import type { StatusObservation } from '../../src/service/status-observation.ts';
import { errorHints, errorMessages } from '../support/source-errors.ts';

/** Makes the parser judge only: no command runs, nothing is printed, and a refusal is thrown. */
function judging(command: Command): Command {
  command.configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  command.exitOverride((error) => {
    throw error;
  });
  if (command.commands.length === 0) command.action(() => undefined);
  for (const child of command.commands) judging(child);
  return command;
}

/** The words of a simple command line; quotes keep spaces. */
const wordsIn = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, plain]) => single ?? double ?? plain ?? '',
  );

/** What hints may run, apart from memoryd: programs of the systems, and of npm. */
const known = new Set(
  'chmod crontab df dir export findmnt gunzip gzip icacls kill launchctl ls mv notepad npm ps read rm sc schtasks sudo systemctl systemd-run taskkill unset vi whoami'.split(
    ' ',
  ),
);

/** Throws when `line` is not a command line that can be pasted. */
function mustRun(line: string): void {
  // All shells write the output of a program to a file in this way.
  const commands = line.replace(/ > [\w.-]+$/, '');
  assert.doesNotMatch(commands, /[<>…]|undefined|\n/, 'nothing is left to fill in');
  for (const one of commands.split(/ (?:&&|\|) /)) {
    // The user's editor, and a variable for one command.
    const words = wordsIn(one.replace(/^\$\{EDITOR:-vi\} /, 'vi ').replace(/^HOME=\S+ /, ''));
    const at = words.indexOf('memoryd');
    assert.ok(known.has(words[0] ?? '') || at === 0, `${words[0]} is a program that people have`);
    if (at < 0) continue;
    const args = words.slice(at + 1);
    try {
      judging(program()).parse(args, { from: 'user' });
    } catch (error) {
      // `--help` ends the parser too.
      assert.equal((error as { code?: string }).code, 'commander.helpDisplayed', one);
    }
  }
}

const names = /^(?:XML|WSL|PM2|macOS|JSON|MCP|MEMORYD_)/;

test('every error message is one lower-case line without a full stop', () => {
  const all = errorMessages();
  assert.ok(all.length > 150, `${all.length} messages were found`);
  for (const { where, text } of all) {
    assert.ok(/^[a-z0-9"$/-]/.test(text) || names.test(text), `${where}: ${text}`);
    assert.doesNotMatch(text, /\.$|\n/, where);
    // The bridge hands the message alone to its client.
    if (!where.startsWith('src/runtime/own-daemon.ts')) assert.doesNotMatch(text, /\btry:/, where);
  }
});

test('every hint is a command line that can be pasted', () => {
  const all = errorHints();
  assert.ok(all.length > 80, `${all.length} hints were found`);
  for (const { where, text } of all) assert.doesNotThrow(() => mustRun(text), `${where}: ${text}`);
  mustRun(keepHint("/home/ada/it's here"));
  mustRun(editHint('/home/ada/notes.json'));
});

test('every note of a status has the form of an error, and its hint can be pasted', () => {
  const external = { reason: 'no answer', yielded: true, warnings: [] };
  const seen = (over: object) =>
    ({
      name: 'notes',
      unit: { kind: 'registered', dropIns: ['/etc/x.conf'], needsReload: true, enabled: 'disabled' },
      receipt: { kind: 'valid', receipt: { port: 8400 } },
      running: { port: 8401, build: 'b', version: '0.1.0', external },
      drift: 'changed',
      definition: 'invalid',
      startAtLogin: true,
      layers: { http: 'stranger' },
      interrupted: true,
      exposed: [
        { path: '/s/token', kind: 'open' },
        { path: '/c/notes.json', kind: 'not-ours' },
      ],
      exposure: { kind: 'invalid', why: 'no JSON' },
      ...over,
    }) as unknown as StatusObservation;
  const observations = [
    seen({}),
    seen({ drift: 'missing', unit: { kind: 'absent' }, definition: 'unreadable' }),
    seen({ unit: { kind: 'registered', dropIns: [], enabled: 'masked' } }),
  ];
  const notes = observations.flatMap((one) => notesOf(one, { version: '0.1.0', build: 'a' }));
  assert.ok(notes.length > 15);
  for (const { text, hint } of notes) {
    assert.match(text, /^[a-z/].*[^.]$/);
    if (hint !== null) mustRun(hint);
  }
});

test('every command of the help is described in the imperative, and its examples can be pasted', () => {
  const all: Command[] = [];
  const walk = (command: Command) => {
    all.push(command);
    command.commands.forEach(walk);
  };
  program().commands.forEach(walk);
  assert.ok(all.length > 15);
  for (const command of all) {
    assert.match(command.description(), /^[A-Z][a-z]+[ ,].*[^.]$/, command.name());
    let help = '';
    command.configureOutput({
      writeOut: (text) => {
        help += text;
      },
    });
    command.outputHelp();
    for (const line of help.split('Examples:\n')[1]?.trim().split('\n') ?? []) {
      mustRun(line.trim().replace(/ > \S+$/, ''));
    }
    for (const option of command.options) assert.match(option.description, /^$|^[a-z].*[^.]$/, option.flags);
  }
});
