import { commandLine } from '../../platform/task-scheduler/escape.ts';
import type { Argv } from '../../system/exec.ts';

/** A file that is copied as `name` before it runs. The copy must have this hash, in upper-case hexadecimal. */
export interface CopiedFile {
  from: string;
  name: string;
  sha256: string;
}

/** One elevated run. */
export interface ElevatedProgram {
  /** The name of its directory below Program Files, which no other run uses. */
  name: string;
  node: CopiedFile;
  script: CopiedFile;
  /** The arguments of the script, without the path of its directory. */
  args: Argv;
}

/** A PowerShell literal. PowerShell accepts every kind of single quote as a quote. about_Quoting_Rules */
const literal = (text: string): string => `'${text.replace(/['\u2018\u2019\u201a\u201b]/g, '$&$&')}'`;

/**
 * Gives the script that PowerShell runs elevated (pure). It copies Node and our program to a directory that only
 * administrators can write, compares the copies with the hashes in the script, runs them, and removes the directory. So
 * a file that is replaced after the prompt does not run. It calls .NET only: PowerShell searches for cmdlets in the
 * user's own modules first (about_PSModulePath). Node gets no variable of the user: NODE_OPTIONS can load code.
 */
export function wrapperScript({ name, node, script, args }: ElevatedProgram): string {
  const file = ({ from, name: as, sha256 }: CopiedFile) => `@(${[from, as, sha256].map(literal).join(', ')})`;
  return [
    `$ErrorActionPreference = 'Stop'`,
    `$own = [IO.Path]::Combine([Environment]::GetFolderPath('ProgramFiles'), ${literal(name)})`,
    `if ([IO.Directory]::Exists($own)) { throw 'it is there already' }`,
    `$program = [IO.Path]::Combine($own, 'program')`,
    `[void][IO.Directory]::CreateDirectory($program)`,
    'try {',
    '  $sha = [Security.Cryptography.SHA256]::Create()',
    `  foreach ($file in @(${file(node)}, ${file(script)})) {`,
    '    $to = [IO.Path]::Combine($program, $file[1])',
    '    [IO.File]::Copy($file[0], $to)',
    '    $hash = [BitConverter]::ToString($sha.ComputeHash([IO.File]::ReadAllBytes($to)))',
    `    if ($hash.Replace('-', '') -ne $file[2]) { throw 'it is not what was asked about' }`,
    '  }',
    `  $start = [Diagnostics.ProcessStartInfo]::new([IO.Path]::Combine($program, ${literal(node.name)}))`,
    `  $start.Arguments = '"' + [IO.Path]::Combine($program, ${literal(script.name)}) + '" --own "' + $own + '" ' + ${literal(commandLine(args))}`,
    '  $start.UseShellExecute = $false',
    '  $start.EnvironmentVariables.Clear()',
    `  $start.EnvironmentVariables['SystemRoot'] = [Environment]::GetFolderPath('Windows')`,
    `  $start.EnvironmentVariables['Path'] = [Environment]::SystemDirectory`,
    '  [Diagnostics.Process]::Start($start).WaitForExit()',
    '} finally { [IO.Directory]::Delete($own, $true) }',
    '',
  ].join('\n');
}
