import { win32 } from 'node:path';
import type { System } from '../../system/system.ts';
import type { KnownDaemon } from '../catalogue.ts';
import type { RunState } from '../finding.ts';
import type { ServiceFacts } from '../kinds/windows-services.ts';
import { splitWindows } from '../read/command-line.ts';
import { expandVariables, type RegistryKey, readRegQuery, textIn } from '../read/registry.ts';
import { readScQuery, type ServiceState } from '../read/sc-query.ts';

export const servicesKey = 'HKLM\\SYSTEM\\CurrentControlSet\\Services';

/** reg.exe answers at once, but the whole tree is some thousand lines. */
const timeoutMs = 30_000;

async function query({ exec }: System, ...args: string[]): Promise<RegistryKey[]> {
  const result = await exec.run(['reg', 'query', ...args], { timeoutMs });
  return result.kind === 'exited' && result.code === 0 ? readRegQuery(result.stdout) : [];
}

/** The state of a service as its manager tells; everybody may ask. */
export async function serviceState({ exec }: Pick<System, 'exec'>, name: string): Promise<ServiceState> {
  const result = await exec.run(['sc.exe', 'queryex', name]);
  return result.kind === 'exited' ? readScQuery(result.code, result.stdout) : { kind: 'unknown' };
}

function runOf(state: ServiceState): RunState {
  if (state.kind === 'absent' || state.kind === 'stopped') return { kind: 'stopped' };
  if (state.kind === 'unknown') return { kind: 'unknown', why: 'the service manager does not say' };
  return state.pid > 0 ? { kind: 'running', pid: state.pid } : { kind: 'running' };
}

const wrappers = /(?:^|\\)(?:nssm|shawl)[^\\]*$|\\daemon\\[^\\]+$/i;

/** Services of Windows itself are by far the most, and none of them is a daemon of ours. */
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
  const keys = await query(system, key, '/s');
  const ends = (suffix: string) =>
    keys.find(({ path }) => path.toLowerCase().endsWith(`\\services\\${name}${suffix}`.toLowerCase()));
  const own = ends('');
  if (own === undefined) return [];
  const image = splitWindows(expandVariables(textIn(own.values, 'ImagePath') ?? '', system.env));
  const xml = await xmlBeside(system, image[0] ?? '');
  const run = runOf(await serviceState(system, name));
  return [{ name, key, values: own.values, parameters: ends('\\Parameters')?.values, xml, run }];
}

/** Windows services that may be memory daemons, out of the registry, which every user may read. */
export async function probeWindowsServices(
  system: System,
  known: readonly KnownDaemon[],
  asked: readonly string[],
): Promise<ServiceFacts[]> {
  const names = new Set(
    [...known.flatMap((daemon) => daemon.names['windows-service'] ?? []), ...asked].map((name) =>
      name.toLowerCase(),
    ),
  );
  const programs = known.flatMap((daemon) => daemon.programs.map((program) => program.at(-1) ?? ''));
  const keys = await query(system, servicesKey, '/s', '/v', 'ImagePath');
  const candidates = keys.flatMap(({ path, values }) => {
    const name = win32.basename(path);
    const own = win32.dirname(path).toLowerCase().endsWith('\\services');
    const image = textIn(values, 'ImagePath');
    if (!own || image === undefined) return [];
    const plain = expandVariables(image, system.env);
    // WinSW gives its copy any name: what is no program of Windows may have an XML file beside it.
    const foreign = !/\\system32\\|\\syswow64\\|\\windows\\/i.test(plain);
    return foreign || mayBe(plain, name, names, programs) ? [name] : [];
  });
  return (await Promise.all(candidates.map((name) => factsOf(system, name)))).flat();
}
