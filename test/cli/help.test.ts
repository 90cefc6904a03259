import assert from 'node:assert/strict';
import test from 'node:test';
import { program } from '../../src/cli/program.ts';

test('the help of stop says what is true for each backend (N24)', () => {
  const stop = program().commands.find((command) => command.name() === 'stop');
  const shown: string[] = [];
  stop?.configureOutput({ writeOut: (text) => void shown.push(text) }).outputHelp();
  const help = shown.join('');
  assert.match(help, /starts again at the next login/);
  assert.match(help, /On Windows it stays stopped/);
});
