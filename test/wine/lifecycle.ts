import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, win32 } from 'node:path';
import test from 'node:test';
import { ensureBuilt } from '../../scripts/cli.ts';
import { conhostChildArgv } from '../simulators/windows/command-line.ts';
import { windowsNode } from './windows-node.ts';
import { Wine } from './wine.ts';

const standIn = `file:///Z:${join(import.meta.dirname, 'programs', 'manager-stand-in.ts')}`;

const supervised = ['--supervise', '--revived'];

/** Stand-ins for what Wine lacks of Task Scheduler, in `tools`; what their task runs is started as conhost would. */
function installTools(wine: Wine, tools: { windows: string; unix: string }) {
  mkdirSync(tools.unix);
  for (const tool of ['schtasks', 'icacls']) copyFileSync(windowsNode, join(tools.unix, `${tool}.exe`));
  const whoami = wine.unix('C:\\windows\\system32\\whoami.exe');
  const own = readFileSync(whoami);
  copyFileSync(windowsNode, whoami);
  const [asked, runs] = [join(tools.unix, 'asked'), join(tools.unix, 'runs')];
  const watch = setInterval(() => {
    if (!existsSync(asked)) return;
    writeFileSync(runs, '');
    // Without its supervisor, which `host.ts` runs: in a hidden console of Wine, Node 22 can abort at its start (libuv
    // finds no console title, src/win/util.c), and supervisors give hosts hidden consoles.
    const argv = conhostChildArgv(readFileSync(asked, 'utf8')).filter((one) => !supervised.includes(one));
    rmSync(asked);
    // An environment in which Node itself does not start.
    const { child } = wine.start(argv, { NODE_OPTIONS: '--require=C:\\missing' });
    child.once('exit', () => rmSync(runs));
  }, 50);
  const env = {
    WINEPATH: tools.windows,
    STAND_IN: tools.windows,
    NODE_OPTIONS: `--disable-warning=ExperimentalWarning --import=${standIn}`,
    WINEDLLOVERRIDES: 'mscoree,mshtml=;whoami.exe=n',
  };
  return {
    env,
    remove() {
      clearInterval(watch);
      writeFileSync(whoami, own);
    },
  };
}

export function lifecycle(wine: () => Wine): void {
  test('install, status, stop and uninstall end with 0, and leave nothing (N02, N04)', async () => {
    const entry = Wine.windows(await ensureBuilt());
    const tools = wine().file('tools');
    const { env, remove } = installTools(wine(), tools);
    const memoryd = async (...args: string[]): Promise<string> => {
      const { child, output } = wine().start([windowsNode, entry, ...args], env);
      const [code] = await once(child, 'exit');
      assert.equal(code, 0, `${args.join(' ')}: ${output()}`);
      return output();
    };
    try {
      await memoryd('install');
      assert.match(await memoryd('status', '--json'), /"healthy": ?true/);
      await memoryd('stop');
      await memoryd('uninstall', '--purge', '--yes');
      assert.equal(existsSync(join(tools.unix, 'task.xml')), false);
      const places = ['Local\\memoryd\\Data', 'Local\\memoryd\\Log', 'Roaming\\memoryd\\Config'];
      const left = places.filter((place) => existsSync(wine().unix(win32.join(wine().local, '..', place))));
      assert.deepEqual(left, []);
    } finally {
      remove();
    }
  });
}
