import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { createFixture } from 'fs-fixture';
import type { StepContext, StepEvent } from '../../../src/install/context.ts';
import { Journal } from '../../../src/install/journal.ts';
import type { DataMove } from '../../../src/legacy/data-move.ts';
import { detectLegacies } from '../../../src/legacy/detect.ts';
import type { FindingOf } from '../../../src/legacy/finding.ts';
import { launchdSteps } from '../../../src/legacy/launchd/steps.ts';
import { migrationPaths } from '../../../src/legacy/paths.ts';
import { type MigrationInput, planMigration } from '../../../src/legacy/plan.ts';
import { treeReader } from '../../../src/legacy/read-as.ts';
import type { Plan } from '../../../src/service/step.ts';
import { realSystem, type System } from '../../../src/system/system.ts';
import { type Launchd, startLaunchd } from '../../simulators/launchd/index.ts';
import { quickPlace, writeMemories } from '../../support/memories.ts';
import { until } from '../../support/until.ts';
import { contextOf } from '../step-context.ts';

export const label = 'com.graphiti.bootstrap';
const neighbour = 'com.graphiti.bootstrap2';

const plist = (name: string, words: string[], exitSecs: number) => `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>Label</key><string>${name}</string>
<key>ProgramArguments</key><array>${words.map((word) => `<string>${word}</string>`).join('')}</array>
<key>EnvironmentVariables</key><dict><key>GRAPHITI_CONFIG</key><string>/etc/graphiti.yaml</string></dict>
<key>LimitLoadToSessionType</key><string>System</string>
<key>ExitTimeOut</key><integer>${exitSecs}</integer>
<key>RunAtLoad</key><true/><key>KeepAlive</key><true/>
</dict></plist>
`;

/** What root runs. The words after the script are its arguments, and nothing to it. */
const daemon = (script: string) => ['/bin/sh', '-c', script, 'graphiti_mcp_server.py', '--port', '8400'];

export interface Traits {
  /** The shell script that root runs. */
  script: string;
  /** Its ExitTimeOut. A second of launchd's is a tenth of one here. */
  exitSecs: number;
  /** Files that it left in root's home. */
  files: number;
}

const usual: Traits = { script: 'exec sleep 1000', exitSecs: 20, files: 3 };

/** A Mac whose root runs a daemon and a neighbour of its, and the plan that moves it. */
export interface Scene {
  system: System;
  /** The finding as detection gives it, at the place where its plist really lies. */
  finding: FindingOf<'launch-daemon'>;
  /** Root's data, and where they go. */
  from: string;
  to: string;
  events: StepEvent[];
  /** What the new service's manager was told. */
  told: string[];
  /** Commands of launchctl's so far. */
  said(): Promise<string[]>;
  /** What `launchctl print system/LABEL` exits with: 113 when it is not loaded. */
  print(name: string): Promise<number | undefined>;
  /** sudo says no to commands that begin so, or says yes and does nothing. */
  sudo(how: 'deny' | 'ignore', command: string): Promise<void>;
  /** The new service does not answer. */
  breakNew(): void;
  /** Puts the daemon back where a migration took it away. */
  restore(): Promise<void>;
  prepare(
    retire?: MigrationInput['retire'],
  ): Promise<{ context: StepContext; plan: Plan & { finishFrom: number } }>;
}

/** Runs what it is given, unless a file in its directory says otherwise: each line the beginning of a command. */
const sudoScript = (directory: string) => `#!/bin/sh
[ "$1" = -p ] && shift 3
says() { [ -e '${directory}/'"$1" ] && while read -r line; do case "$2" in "$line"*) return 0 ;; esac; done <'${directory}/'"$1"; return 1; }
if says deny "$*"; then echo 'Sorry, try again.' >&2; exit 1; fi
if says ignore "$*"; then exit 0; fi
exec "$@"
`;

/** `user.uid` is nobody's here: sudo is a stand-in, and nothing of this machine's is touched. `/Library` lies in the test's directory. */
export async function withDaemon(
  traits: Partial<Traits>,
  body: (scene: Scene) => Promise<void>,
): Promise<void> {
  const { script, exitSecs, files } = { ...usual, ...traits };
  await using fixture = await createFixture({ bin: {} });
  await using homes = await createFixture({ alice: {} }, { tempDir: quickPlace });
  const home = homes.getPath('alice');
  const bin = fixture.getPath('bin');
  await writeFile(join(bin, 'sudo'), sudoScript(bin), { mode: 0o755 });
  const launchd: Launchd = await startLaunchd({
    dir: fixture.getPath('launchd'),
    home,
    root: true,
    timing: { exitSecondMs: 100 },
  });
  const from = homes.getPath('root/.graphiti');
  const to = join(home, '.graphiti');
  writeMemories(from, files);
  try {
    const real = realSystem();
    const env = { PATH: [bin, launchd.env.PATH].join(delimiter) };
    const run: System['exec']['run'] = (argv, options) =>
      real.exec.run(argv, { ...options, env: { ...env, ...options?.env } });
    const spawn: System['exec']['spawn'] = (argv, options) =>
      real.exec.spawn(argv, { ...options, env: { ...process.env, ...env } });
    const here = (path: string) => (path.startsWith('/Library/') ? join(fixture.path, path) : path);
    const system: System = {
      ...real,
      platform: 'darwin',
      env: { ...real.env, HOME: home, PM2_HOME: fixture.getPath('no-pm2') },
      user: { name: 'alice', uid: 501, home },
      exec: { ...real.exec, run, spawn },
      files: {
        ...real.files,
        read: (path) => real.files.read(here(path)),
        list: (path) => real.files.list(here(path)),
        inspect: (path) => real.files.inspect(here(path)),
      },
    };
    const load = async (name: string, words: string[]) => {
      const path = here(`/Library/LaunchDaemons/${name}.plist`);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, plist(name, words, exitSecs));
      await chmod(path, 0o644);
      const result = await run(['launchctl', 'bootstrap', 'system', path]);
      assert.equal(result.kind === 'exited' && result.code, 0, JSON.stringify(result));
    };
    const restore = async () => {
      await load(label, daemon(script));
      await until('the daemon runs', async () => {
        const result = await run(['launchctl', 'print', `system/${label}`]);
        return result.kind === 'exited' && /^\tpid = \d+$/m.test(result.stdout);
      });
    };
    await load(neighbour, ['/bin/sleep', '1000']);
    await restore();
    const state = fixture.getPath('state');
    const roots = { config: state, data: state, state, logs: state };
    const found = await detectLegacies({ system, roots }, { kinds: ['launch-daemon', 'launch-agent'] });
    assert.deepEqual(
      found.map(({ name }) => name),
      [label],
      'W20 the neighbour is none',
    );
    const [first] = found as FindingOf<'launch-daemon'>[];
    assert.ok(first !== undefined);
    const finding = { ...first, path: here(first.path) };
    const print = async (name: string) => {
      const result = await run(['launchctl', 'print', `system/${name}`]);
      return result.kind === 'exited' ? result.code : undefined;
    };
    const told: string[] = [];
    const { events, breakNew, ...setting } = contextOf({
      system,
      backend: { name: 'launchd', perform: async (verb) => void told.push(verb) },
      service: 'graphiti',
      roots,
    });
    const prepare: Scene['prepare'] = async (retire = 'remove') => {
      // Each run has a journal of its own.
      const context = { ...setting.context, journal: new Journal(join(state, 'journal')) };
      const paths = migrationPaths(roots, finding);
      const data: DataMove = { kind: 'copy', from, to, bytes: files * 12, allocated: 0, asRoot: true };
      const input = {
        directory: paths.directory,
        manifest: paths.manifest,
        data,
        self: ['memoryd'] as const,
        definitions: [{ path: finding.path, text: await readFile(finding.path, 'utf8'), mode: 0o644 }],
        managerEnvironment: {},
      };
      const plan = planMigration({
        service: 'graphiti',
        migrationSteps: launchdSteps(finding, input),
        install: [
          { kind: 'manager', do: ['start'], undo: ['stop'], why: '' },
          { kind: 'verify', build: 'b', timeoutMs: 1, why: '' },
        ],
        port: 1,
        data,
        paths,
        // The tar of this machine; the test's directory lies where others may write, so nothing is checked.
        reader: (path) => ({
          kind: 'root',
          ...treeReader('linux', 'root', path),
          checks: [],
          reason: 'read',
        }),
        sync: false,
        retire,
        record: { schema: 1 },
      });
      // Nobody listens in this scene.
      const steps = plan.steps.filter(({ kind }) => kind !== 'await-port');
      return {
        context,
        plan: { ...plan, steps, finishFrom: steps.findIndex(({ kind }) => kind === 'record') },
      };
    };
    await body({
      system,
      finding,
      from,
      to,
      events,
      told,
      said: async () => (await launchd.calls()).map(({ argv }) => argv.join(' ')),
      print,
      sudo: (how, command) => writeFile(join(bin, how), `${command}\n`),
      breakNew,
      restore,
      prepare,
    });
    assert.equal(await print(neighbour), 0, 'the neighbour runs on');
  } finally {
    await launchd.stop();
  }
}
