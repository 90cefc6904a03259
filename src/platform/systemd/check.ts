import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { posix } from 'node:path';
import { MemorydError } from '../../errors.ts';
import type { UnitFile } from '../../service/unit.ts';
import type { System } from '../../system/system.ts';
import { strictProperties } from './sandbox.ts';
import { runForManager, runtimeDirectory, succeeded, wordsOf } from './systemctl.ts';

/** A program that always exists: the check must not depend on whether the program of the unit is installed yet. */
const anyProgram = '[Service]\nExecStart=\nExecStart=/proc/self/exe\n';

/** Some kernels and containers refuse namespaces, which only a trial shows. */
async function checkSandbox(system: System): Promise<void> {
  const properties = strictProperties.map((property) => `--property=${property}`);
  const result = await runForManager(system, [
    'systemd-run',
    '--user',
    '--wait',
    '--quiet',
    '--collect',
    ...properties,
    'true',
  ]);
  if (succeeded(result)) return;
  throw new MemorydError('configuration', 'the strict sandbox does not work on this machine', {
    words: wordsOf(result),
    hint: 'memoryd install --sandbox default',
  });
}

/**
 * The directory of one check. It names the process that checks, so that the next one knows what a killed one has left.
 * Short, because it stands for the runtime directory, and systemd reads the sockets of other units below that (108 bytes).
 */
const ownName = (): string => `memoryd-check-${process.pid}-${randomUUID().slice(-12)}`;
const pidIn = (name: string): number => Number(/^memoryd-check-(\d+)-/.exec(name)?.[1]);

/** Removes the directories of this user's checks that were killed. */
async function sweepChecks({ files, processes, user }: System): Promise<void> {
  const left = (await files.list(tmpdir())).filter((name) => {
    const pid = pidIn(name);
    return pid > 0 && processes.startIdentity(pid) === undefined;
  });
  for (const path of left.map((name) => posix.join(tmpdir(), name))) {
    const seen = await files.inspect(path);
    if (seen.kind === 'directory' && seen.stats.uid === user.uid) await files.removeTree(path);
  }
}

/**
 * Lets systemd check the units, in a separate directory and under their real names. Only errors that keep a unit from
 * starting count: unknown keys are warnings. Throws `failed` with the output of systemd, and `configuration` for a
 * sandbox that is not available.
 */
export async function check(system: System, units: readonly UnitFile[]): Promise<void> {
  const { files } = system;
  await sweepChecks(system);
  const directory = posix.join(tmpdir(), ownName());
  try {
    await files.makeDirectory(directory);
    const paths = units.map((unit) => posix.join(directory, posix.basename(unit.path)));
    const contents = [
      ...paths.map((path, index) => [path, units[index]?.content ?? ''] as const),
      ...paths
        .filter((path) => path.endsWith('.service'))
        .map((path) => [`${path}.d/program.conf`, anyProgram] as const),
    ];
    await Promise.all(contents.map(([path, content]) => files.write(path, content, 0o600, false)));
    const env = {
      // The check does not connect to the manager, but it needs a runtime directory.
      XDG_RUNTIME_DIR: (await runtimeDirectory(system)) ?? directory,
      // Environment generators of other programs do not matter for a unit. gpg-agent runs six commands there.
      SYSTEMD_ENVIRONMENT_GENERATOR_PATH: directory,
    };
    const result = await system.exec.run(['systemd-analyze', '--user', 'verify', ...paths], { env });
    if (result.kind !== 'missing' && !succeeded(result)) {
      throw new MemorydError('failed', 'systemd rejects the unit', { words: wordsOf(result) });
    }
  } finally {
    await files.removeTree(directory);
  }
  if (units.some(({ content }) => content.includes(`\n${strictProperties[0]}\n`))) await checkSandbox(system);
}
