import type { AdapterFile } from '../../adapters/load.ts';

/** Whether the daemon can be run here: its program exists, a program that downloads it exists, or neither. */
export type Here =
  | { kind: 'installed'; program: string }
  | { kind: 'downloadable'; program: string }
  | { kind: 'missing'; lacks: string[] }
  | { kind: 'unusable'; problems: string[] };

export interface ShownAdapter {
  file: AdapterFile;
  here: Here;
}

function hereWords(here: Here): string {
  switch (here.kind) {
    case 'installed':
      return here.program;
    case 'downloadable':
      return `not installed (${here.program} would download it)`;
    case 'missing':
      return `not found: ${here.lacks.join(', ')}`;
    case 'unusable':
      return `invalid: ${here.problems[0]}`;
  }
}

/** All adapters, one line each. */
export function renderAdapters(all: readonly ShownAdapter[]): string {
  const width = Math.max(...all.map(({ file }) => file.name.length));
  return all
    .map(({ file, here }) => {
      const mark = here.kind === 'installed' ? '●' : here.kind === 'unusable' ? '✗' : '○';
      return `${mark} ${file.name.padEnd(width)}  ${hereWords(here)}`;
    })
    .join('\n');
}

/** One adapter with all details. */
export function renderAdapter({ file, here }: ShownAdapter): string {
  if (file.kind !== 'valid') {
    const problems = here.kind === 'unusable' ? here.problems : [];
    return [`✗ ${file.name}`, `  file  ${file.path}`, ...problems.map((problem) => `  ! ${problem}`)].join(
      '\n',
    );
  }
  const { adapter } = file;
  const rows: [string, string][] = [
    ['here', hereWords(here)],
    ['docs', adapter.documentation],
    ...(adapter.checkedAgainst === undefined
      ? []
      : [['checked', `against ${adapter.checkedAgainst}`] as [string, string]]),
    ...adapter.commands.map(({ argv }): [string, string] => ['command', argv.join(' ')]),
    [
      'speaks',
      adapter.transport === 'stdio'
        ? 'MCP on its standard streams'
        : `HTTP${adapter.mcpPath === null ? '' : `, MCP at ${adapter.mcpPath}`}`,
    ],
    ['listens', adapter.binds === 'all' ? 'on all interfaces (cannot be changed)' : 'on 127.0.0.1'],
    ...adapter.data.directories.map((directory): [string, string] => ['data', directory]),
    ...adapter.usualSecrets.map((secret): [string, string] => ['secret', secret]),
    ['file', file.path],
  ];
  const width = Math.max(...rows.map(([key]) => key.length)) + 2;
  return [
    adapter.title,
    ...rows.map(([key, value]) => `  ${key.padEnd(width)}${value}`),
    ...adapter.notes.map((note) => `  ! ${note}`),
  ].join('\n');
}
