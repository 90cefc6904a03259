import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import test from 'node:test';
import { createFixture } from 'fs-fixture';
import { supervise } from '../../src/host/supervise.ts';
import { servicePaths } from '../../src/layout.ts';
import { realSystem, type System } from '../../src/system/system.ts';

test('a supervisor that waited for its predecessor starts no host if a stop came meanwhile (N21)', async () => {
  await using fixture = await createFixture();
  const [config, data, state, logs] = ['config', 'data', 'state', 'logs'].map((name) =>
    fixture.getPath(name),
  );
  const roots = { config, data, state, logs } as Record<'config' | 'data' | 'state' | 'logs', string>;
  const paths = servicePaths(roots, 'memory');
  await mkdir(paths.state, { recursive: true });
  const real = realSystem();
  const started: string[] = [];
  const system: System = {
    ...real,
    files: {
      ...real.files,
      // The stop comes right after the first look.
      async inspect(path) {
        const seen = await real.files.inspect(path);
        if (path === paths.stopIntent) await writeFile(path, 'now');
        return seen;
      },
    },
    exec: {
      ...real.exec,
      spawn(argv, options) {
        started.push(argv.join(' '));
        return real.exec.spawn(argv, options);
      },
    },
  };
  const code = await supervise(system, roots, 'memory', {
    argv: [process.execPath, '-e', '0'],
    ownArgv: [],
    socket: undefined,
    revived: true,
    beatMs: undefined,
    release: () => undefined,
    onSupervisor: () => undefined,
  });
  assert.deepEqual([code, started], [0, []]);
});
