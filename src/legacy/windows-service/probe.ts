import { randomBytes } from 'node:crypto';
import { join, win32 } from 'node:path';
import { serviceState, type WindowsServiceState } from '../../install/elevated/sc.ts';
import type { System } from '../../system/system.ts';
import { splitWindows } from '../command-line.ts';
import type { RunState } from '../finding.ts';
import { type KnownDaemon, tellingWords } from '../known-daemons.ts';
import type { ServiceFacts } from './detect.ts';
import { readRegFile } from './parse-reg-file.ts';
import { expandVariables, type RegistryKey, readRegQuery, textIn } from './parse-registry.ts';

export const servicesKey = 'HKLM\\SYSTEM\\CurrentControlSet\\Services';

/** reg.exe is fast, but the whole tree has several thousand lines. */
const timeoutMs = 30_000;

/**
 * Lists every ImagePath. Characters outside ASCII may be wrong, because the output has the console's code page, so it
 * is used only to select candidates.
 */
async function imagePaths({ exec }: System): Promise<RegistryKey[]> {
  const result = await exec.run(['reg', 'query', servicesKey, '/s', '/v', 'ImagePath'], { timeoutMs });
  return result.kind === 'exited' && result.code === 0 ? readRegQuery(result.stdout) : [];
}

/** The exact text of a key and its subkeys. */
async function exported({ exec, files, env }: System, key: string): Promise<string> {
  const file = join(env.TEMP ?? env.TMP ?? '.', `memoryd-${randomBytes(8).toString('hex')}.reg`);
  try {
    const result = await exec.run(['reg', 'export', key, file, '/y'], { timeoutMs });
    const read = result.kind === 'exited' && result.code === 0 ? await files.read(file) : undefined;
    return read?.kind === 'content' ? read.bytes.toString('utf16le') : '';
  } finally {
    await files.remove(file);
  }
}

function runOf(state: WindowsServiceState): RunState {
  if (state.kind === 'absent' || state.kind === 'stopped') return { kind: 'stopped' };
  if (state.kind === 'unknown') return { kind: 'unknown', why: 'the service manager does not say' };
  return state.pid > 0 ? { kind: 'running', pid: state.pid } : { kind: 'running' };
}

const wrappers = /(?:^|\\)(?:nssm|shawl)[^\\]*$|\\daemon\\[^\\]+$/i;

/** Whether a service may be a memory daemon. Most services belong to Windows itself and are skipped. */
function mayBe(
  image: string,
  name: string,
  names: ReadonlySet<string>,
  programs: readonly string[],
): boolean {
  if (names.has(name.toLowerCase())) return true;
  const line = image.toLowerCase();
  const [program = ''] = splitWindows(image);
  return wrappers.test(program) || programs.some((word) => line.includes(word.toLowerCase()));
}

async function xmlBeside({ files }: System, program: string): Promise<string | undefined> {
  const read = await files.read(`${program.replace(/\.exe$/i, '')}.xml`);
  return read.kind === 'content' ? read.text : undefined;
}

async function factsOf(system: System, name: string): Promise<ServiceFacts[]> {
  const key = `${servicesKey}\\${name}`;
  const definition = await exported(system, key);
  const keys = readRegFile(definition);
  const ends = (suffix: string) =>
    keys.find(({ path }) => path.toLowerCase().endsWith(`\\services\\${name}${suffix}`.toLowerCase()));
  const own = ends('');
  if (own === undefined) return [];
  const image = splitWindows(expandVariables(textIn(own.values, 'ImagePath') ?? '', system.env));
  const xml = await xmlBeside(system, image[0] ?? '');
  const run = runOf(await serviceState(system, name));
  return [{ name, key, definition, values: own.values, parameters: ends('\\Parameters')?.values, xml, run }];
}

/**
 * Whether there is an XML file beside the program. WinSW's program can have any name, so this file identifies it.
 * Programs of Windows are skipped.
 */
async function hasXml(system: System, image: string): Promise<boolean> {
  const [program = ''] = splitWindows(image);
  if (/\\windows\\/i.test(program)) return false;
  return (await xmlBeside(system, program)) !== undefined;
}

/** Reads the Windows services that may be memory daemons from the registry, which every user can read. */
export async function probeWindowsServices(
  system: System,
  known: readonly KnownDaemon[],
  asked: readonly string[],
): Promise<ServiceFacts[]> {
  const said = [...known.flatMap((daemon) => daemon.names['windows-service'] ?? []), ...asked];
  const names = new Set(said.map((name) => name.toLowerCase()));
  const programs = known.flatMap(tellingWords);
  const services = (await imagePaths(system)).flatMap(({ path, values }) => {
    const own = win32.dirname(path).toLowerCase().endsWith('\\services');
    const image = textIn(values, 'ImagePath');
    return own && image !== undefined
      ? [{ name: win32.basename(path), image: expandVariables(image, system.env) }]
      : [];
  });
  const facts = await Promise.all(
    services.map(async ({ name, image }) =>
      mayBe(image, name, names, programs) || (await hasXml(system, image)) ? factsOf(system, name) : [],
    ),
  );
  return facts.flat();
}
