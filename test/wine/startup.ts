import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, win32 } from 'node:path';
import test from 'node:test';
import { commandLine } from '../../src/platform/task-scheduler/escape.ts';
import { shellLink } from '../../src/platform/task-scheduler/shell-link.ts';
import { until } from '../support/until.ts';
import { windowsNode } from './windows-node.ts';
import { Wine } from './wine.ts';

const script =
  "require('fs').writeFileSync(process.argv[1], JSON.stringify({argv: process.argv.slice(2), cwd: process.cwd()}))";
const hostile = ['a b', 'c"d', 'é 日本', 'x\\', '', '%PATH%', "it's", '&|<>^'];

/** A shortcut that makes Node write down what it was started with. */
function link(wine: Wine, to: string): Uint8Array {
  return shellLink({
    command: Wine.windows(windowsNode),
    arguments: commandLine(['-e', script, to, ...hostile]),
    workingDirectory: wine.profile,
  });
}

async function written(path: string): Promise<unknown> {
  await until('the shortcut was followed', () => existsSync(path) && readFileSync(path).length > 0);
  return JSON.parse(readFileSync(path, 'utf8'));
}

export function startup(wine: () => Wine): void {
  test('its shell follows our shortcut: program, arguments and directory', async () => {
    const [shortcut, out] = [wine().file('memoryd.lnk'), wine().file('out.json')];
    writeFileSync(shortcut.unix, link(wine(), out.windows));
    await wine().run(['start', shortcut.windows]);
    assert.deepEqual(await written(out.unix), { argv: hostile, cwd: wine().profile });
  });

  test('what lies in the Startup folder is started at login', async () => {
    const out = wine().file('out.json');
    const startMenu = win32.join(wine().profile, 'AppData', 'Roaming', 'Microsoft', 'Windows', 'Start Menu');
    // Wine writes it with a capital U; Windows does not mind, Linux does.
    const path = join(wine().unix(startMenu), 'Programs', 'StartUp', 'memoryd-memory.lnk');
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, link(wine(), out.windows));
    await wine().shutDown();
    assert.equal(existsSync(out.unix), false);
    await wine().logOn();
    assert.deepEqual(await written(out.unix), { argv: hostile, cwd: wine().profile });
  });
}
