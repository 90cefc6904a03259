import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { backendNames } from '../src/service/unit.ts';
import {
  backendImportExceptions,
  type Exceptions,
  fileExceptions,
  managers,
  managerWordExceptions,
  timeExceptions,
} from './architecture/exceptions.ts';
import { folders, ground } from './architecture/import-table.ts';
import { folderOf, readSources, type Source } from './architecture/sources.ts';
import { repository } from './support/lab.ts';

const sources = readSources();

/** The files that break a rule must be those of the list: no more, and none that need not be there. */
function assertOnly(broken: readonly string[], exceptions: Exceptions): void {
  assert.deepEqual([...new Set(broken)].sort(), Object.keys(exceptions).sort());
}

/** The arrows between folders, each with the files that draw it. */
function arrows(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { path, imports } of sources) {
    for (const to of imports) {
      const [from, into] = [folderOf(path), folderOf(to)];
      if (from === into || ground.includes(into)) continue;
      const arrow = `${from} -> ${into}`;
      found.set(arrow, [...(found.get(arrow) ?? []), `${path} imports ${to}`]);
    }
  }
  return found;
}

describe('what a folder of src may import', () => {
  const allowed = folders.flatMap(({ name, mayImport }) => mayImport.map((to) => `${name} -> ${to}`));

  it('is what the import table says, and nothing else', () => {
    const forbidden = [...arrows()]
      .filter(([arrow]) => !allowed.includes(arrow))
      .flatMap(([, files]) => files);
    assert.deepEqual(forbidden, []);
  });

  it('is needed: the table allows nothing that no file does', () => {
    const drawn = arrows();
    assert.deepEqual(
      allowed.filter((arrow) => !drawn.has(arrow)),
      [],
    );
  });

  it('stands below it, so that there is no circle', () => {
    const names = folders.map(({ name }) => name);
    for (const { name, mayImport } of folders) {
      for (const to of mayImport) assert.ok(names.indexOf(to) > names.indexOf(name), `${name} -> ${to}`);
    }
  });

  it('is known of every folder, and the files of src itself import nothing above them', () => {
    const known = [...folders.map(({ name }) => name), ...ground];
    assert.deepEqual([...new Set(sources.map(({ path }) => folderOf(path)))].sort(), known.sort());
    for (const { path, imports } of sources.filter((source) => ground.includes(source.path))) {
      for (const to of imports) assert.ok(ground.includes(to), `${path} imports ${to}`);
    }
  });

  it('is the table of docs/ARCHITECTURE.md', () => {
    const rows = folders.map(({ name, what, mayImport }) => {
      const path = name.endsWith('.ts') ? `src/${name}` : `src/${name}/`;
      return `| \`${path}\` | ${what} | ${mayImport.join(', ') || 'nothing'} |`;
    });
    const files = ground.map((file) => `\`src/${file}\``).join(', ');
    const table = [
      '| folder | what it is | may import |',
      '|---|---|---|',
      ...rows,
      `| ${files} | the one error type with the exit codes, the one list of paths, what this build is | nothing; everything may import them |`,
    ].join('\n');
    const page = readFileSync(join(repository, 'docs', 'ARCHITECTURE.md'), 'utf8');
    const shown = /^\| folder \|.*\n(?:\|.*\n)+/m.exec(page)?.[0].trimEnd();
    assert.equal(shown, table, `the table of docs/ARCHITECTURE.md must be:\n\n${table}\n`);
  });
});

describe('a service manager', () => {
  const lies = (path: string, folder: string) => path.startsWith(`${folder}/`);
  const backends = backendNames.map((name) => {
    const { legacy, commands } = managers[name];
    return { folder: `platform/${name}`, homes: [`platform/${name}`, legacy], commands };
  });

  it('is called by its commands in its own folders only', () => {
    const broken = sources.flatMap(({ path, code }) => {
      const text = code.replaceAll(/\bfrom '[^']*'|\bimport\('[^']*'\)/g, '');
      return backends
        .filter(({ homes }) => !homes.some((home) => lies(path, home)))
        .flatMap(({ commands }) => commands)
        .filter((command) => new RegExp(`(?<![\\w-])${command}(?![\\w-])`).test(text))
        .map(() => path);
    });
    assertOnly(broken, managerWordExceptions);
  });

  it('is imported through platform, or by the legacy kind of the same manager', () => {
    const broken = sources.filter(({ path, imports }) =>
      backends.some(
        ({ folder, homes }) =>
          folderOf(path) !== 'platform' &&
          !homes.some((home) => lies(path, home)) &&
          imports.some((to) => lies(to, folder)),
      ),
    );
    assertOnly(
      broken.map(({ path }) => path),
      backendImportExceptions,
    );
  });

  it('knows nothing of the others', () => {
    for (const { path, imports } of sources) {
      const own = backends.find(({ folder }) => lies(path, folder));
      const others = backends.filter((backend) => own !== undefined && backend !== own);
      assert.ok(!imports.some((to) => others.some(({ folder }) => lies(to, folder))), path);
    }
  });
});

describe('the operating system', () => {
  const outside = sources.filter(({ path }) => folderOf(path) !== 'system');
  const breaking = (pattern: RegExp) =>
    outside.filter(({ code }: Source) => pattern.test(code)).map(({ path }) => path);

  it('is asked for files in system/ only', () => {
    assertOnly(breaking(/^import (?!type )[^;]*?from 'node:fs(?:\/promises)?'/m), fileExceptions);
  });

  it('is asked for time in system/ only', () => {
    const timers = /from 'node:timers|(?<![.\w])set(?:Timeout|Interval)\(|\bDate\.now\(/;
    const clocks = /\bnew Date\(\)|\bperformance\.now\(|\bprocess\.hrtime/;
    assertOnly([...breaking(timers), ...breaking(clocks)], timeExceptions);
  });
});
