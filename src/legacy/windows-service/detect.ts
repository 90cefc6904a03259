import { win32 } from 'node:path';
import { splitWindows } from '../command-line.ts';
import { actionFor, type Candidate, type DetectionContext, recogniseEntry } from '../detection-context.ts';
import type { RunState, StartState, Wrapper } from '../finding.ts';
import { valueAfter } from '../recognise.ts';
import { expandVariables, listIn, numberIn, type RegistryValues, textIn } from './parse-registry.ts';
import { readWinsw, type WinswFile } from './parse-winsw.ts';

/** One service as stored in the registry. */
export interface ServiceFacts {
  name: string;
  /** `HKLM\SYSTEM\CurrentControlSet\Services\NAME`. */
  key: string;
  /** The output of `reg export` for the key. */
  definition: string;
  values: RegistryValues;
  /** The values of its `Parameters` key. */
  parameters: RegistryValues | undefined;
  /** The text of the XML file beside the program, if any. */
  xml: string | undefined;
  run: RunState;
}

/** The program that the wrapper runs. */
interface Wrapped {
  wrapper: Wrapper;
  command: [string, ...string[]] | undefined;
  workingDirectory: string | undefined;
  environment: Record<string, string>;
}

const nonEmpty = (words: readonly string[]): [string, ...string[]] | undefined => {
  const [first, ...rest] = words;
  return first === undefined ? undefined : [first, ...rest];
};

function pairs(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.flatMap((line) => {
      const at = line.indexOf('=');
      return at < 1 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
    }),
  );
}

function nssm(parameters: RegistryValues): Wrapped {
  const application = textIn(parameters, 'Application');
  const words = splitWindows(textIn(parameters, 'AppParameters') ?? '');
  return {
    wrapper: 'nssm',
    command: application === undefined ? undefined : [application, ...words],
    workingDirectory: textIn(parameters, 'AppDirectory'),
    environment: pairs([
      ...listIn(parameters, 'AppEnvironment'),
      ...listIn(parameters, 'AppEnvironmentExtra'),
    ]),
  };
}

/** `shawl run --name N [--cwd D] [--env K=V]… -- command…` */
function shawl(words: readonly string[]): Wrapped {
  const end = words.indexOf('--');
  const flags = words.slice(0, end < 0 ? words.length : end);
  const after = (flag: string) => flags.flatMap((word, at) => (word === flag ? (flags[at + 1] ?? []) : []));
  return {
    wrapper: 'shawl',
    command: nonEmpty(end < 0 ? [] : words.slice(end + 1)),
    workingDirectory: after('--cwd')[0],
    environment: pairs(after('--env')),
  };
}

/**
 * Reads a WinSW file. node-windows is WinSW in a `daemon` directory, with a script of its own that gets the path of the
 * real script.
 */
function winsw(file: WinswFile, program: string): Wrapped {
  const { executable, words, workingDirectory, environment } = file;
  const plain = { workingDirectory, environment };
  if (executable === undefined) return { wrapper: 'winsw', command: undefined, ...plain };
  const script = valueAfter(words, '--file') ?? valueAfter(words, '-f');
  const daemonDirectory = win32.basename(win32.dirname(program)).toLowerCase() === 'daemon';
  if (!daemonDirectory || script === undefined)
    return { wrapper: 'winsw', command: [executable, ...words], ...plain };
  const options = splitWindows(valueAfter(words, '--scriptoptions') ?? '');
  return { wrapper: 'node-windows', command: [executable, script, ...options], ...plain };
}

function unwrap(facts: ServiceFacts, image: readonly string[]): Wrapped {
  const [program = '', ...rest] = image;
  const name = win32.basename(program).toLowerCase();
  const { parameters, xml } = facts;
  if (parameters !== undefined && textIn(parameters, 'Application') !== undefined) return nssm(parameters);
  if (/^shawl(\.exe)?$/.test(name) && rest[0] === 'run') return shawl(rest);
  const file = xml === undefined ? undefined : readWinsw(xml, win32.dirname(program));
  if (file !== undefined) return winsw(file, program);
  return { wrapper: 'none', command: nonEmpty(image), workingDirectory: undefined, environment: {} };
}

/** Start types: up to 2 (SERVICE_AUTO_START) start automatically, 3 is on demand, 4 is SERVICE_DISABLED. */
function startsOf(start: number | undefined): StartState {
  if (start === undefined) return 'unknown';
  return start <= 2 ? 'enabled' : 'disabled';
}

const systemAccounts = new Set(['localsystem', '.\\localsystem', 'nt authority\\system']);

/** The account a service logs on as. Default: SYSTEM. */
function accountOf(values: RegistryValues): string {
  const name = textIn(values, 'ObjectName') ?? 'LocalSystem';
  return systemAccounts.has(name.toLowerCase()) ? 'SYSTEM' : name.slice(name.lastIndexOf('\\') + 1);
}

/** Whether the service is a program. Its type has bit 0x10 or 0x20; drivers have others. */
const isProgram = (values: RegistryValues): boolean => ((numberIn(values, 'Type') ?? 0x10) & 0x30) !== 0;

/**
 * Finds Windows services that run a memory daemon, directly or in a wrapper (pure). `env` expands `%SystemRoot%` and
 * the like.
 */
export function detectWindowsServices(
  services: readonly ServiceFacts[],
  context: DetectionContext,
  env: Readonly<Record<string, string | undefined>>,
): Candidate[] {
  return services.flatMap((facts): Candidate[] => {
    const { name, values, key, run } = facts;
    const image = splitWindows(expandVariables(textIn(values, 'ImagePath') ?? '', env));
    if (image.length === 0 || !isProgram(values)) return [];
    const { wrapper, ...wrapped } = unwrap(facts, image);
    // Windows passes these variables to every process of the service.
    const environment = { ...pairs(listIn(values, 'Environment')), ...wrapped.environment };
    const known = recogniseEntry(
      'windows-service',
      { ...wrapped, name, runsAs: accountOf(values), environment },
      context,
    );
    if (known === undefined) return [];
    return [
      {
        kind: 'windows-service',
        ...known,
        wrapper,
        key,
        definition: facts.definition,
        run,
        starts: startsOf(numberIn(values, 'Start')),
        definedIn: [key],
        notes: [],
        needsAdmin: [
          { what: `stop and delete the service ${name}`, why: 'services belong to the whole machine' },
          ...(known.runsAs === 'SYSTEM'
            ? [
                {
                  what: 'copy its data',
                  why: "it is in SYSTEM's profile, which only administrators can read",
                },
              ]
            : []),
        ],
        handling: actionFor(known.runsAs, context),
      },
    ];
  });
}
