import assert from 'node:assert/strict';
import test from 'node:test';
import { MemorydError } from '../../../src/errors.ts';
import {
  argument,
  directory,
  executable,
  listedPath,
  listenStream,
  prose,
  seconds,
} from '../../../src/platform/systemd/escape.ts';

/** The rules, one example each; test/platform/systemd/read-back.system.test.ts holds them against the real systemd. */
const spellings: [string, string][] = [
  [argument('a b'), '"a b"'],
  [argument('"\\'), '"\\"\\\\"'],
  [argument('100%h $HOME'), '"100%%h $$HOME"'],
  [argument('a\nb\tc\rd\x01e\x7f'), '"a\\nb\\tc\\rd\\x01e\\x7f"'],
  [argument('é🎉\ufdd0'), '"é🎉\\xef\\xb7\\x90"'],
  [argument(''), '""'],
  [executable('/opt/100% $x/node'), '"/opt/100%% $x/node"'],
  [executable("/opt/it's/node"), '/usr/bin/env "/opt/it\'s/node"'],
  [directory('/a b/100%'), '/a b/100%%'],
  [listedPath('/a "b"\\c%'), '"-/a \\"b\\"\\\\c%%"'],
  [prose(' my\n daemon 50% '), 'my daemon 50%%'],
  [listenStream({ host: '127.0.0.1', port: 8321 }), '127.0.0.1:8321'],
  [listenStream({ host: '::1', port: 8321 }), '[::1]:8321'],
  [seconds(60), '60s'],
  [seconds(0), 'infinity'],
];

test('each place has its own spelling (L12)', () => {
  for (const [seen, wanted] of spellings) assert.equal(seen, wanted);
});

const refused: [string, () => string][] = [
  ['NUL', () => argument('a\0b')],
  ['half a surrogate pair', () => argument('\ud800')],
  ['an argument longer than Linux takes', () => argument('x'.repeat(131_072))],
  ['a relative program', () => executable('node')],
  ['a directory as program', () => executable('/opt/')],
  ['a path longer than PATH_MAX', () => executable(`/${'a/'.repeat(2100)}b`)],
  ['a name longer than NAME_MAX', () => directory(`/${'a'.repeat(256)}`)],
  ['a program for env that env takes for a variable', () => executable("/opt/a='b'/node")],
  ['a line break in a directory', () => directory('/a\nb')],
  ['a directory that ends in a backslash', () => directory('/a\\')],
  ['a directory that ends in a space', () => directory('/a ')],
  ['a noncharacter in a directory', () => directory('/\ufffe')],
  ['a carriage return in a list', () => listedPath('/a\rb')],
  ['a description that ends in a backslash', () => prose('a\\')],
  ['a host name', () => listenStream({ host: 'localhost', port: 1 })],
  ['port 0', () => listenStream({ host: '127.0.0.1', port: 0 })],
];

test('what a unit file cannot express is bad configuration, exit 78', () => {
  for (const [what, spell] of refused) {
    assert.throws(
      spell,
      (error) => error instanceof MemorydError && error.exitCode === 78 && error.message.length < 300,
      what,
    );
  }
});
