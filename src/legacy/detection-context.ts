import type { User } from '../system/system.ts';
import {
  type Finding,
  type FindingBase,
  type FindingSource,
  idOf,
  type LegacyAction,
  type LegacyKind,
} from './finding.ts';
import type { KnownDaemon } from './known-daemons.ts';
import { dataPathOf, portOf, recognise } from './recognise.ts';

/** What detection looks for. */
export interface DetectionContext {
  known: readonly KnownDaemon[];
  user: User;
  /** `kind:name` of what the user named, so that unknown daemons can be moved too. */
  asked: ReadonlySet<string>;
  /** Homes by account name, as far as this machine tells: whose data lie where. */
  homes: ReadonlyMap<string, string>;
  /** Accounts of people: what runs as one of them is theirs to move. */
  people: ReadonlySet<string>;
}

/** A finding whose data directory nobody has looked into yet. */
export type Candidate = Omit<FindingBase, 'data'> & { dataPath: string | undefined } & FindingSource;

/** What a manager says of one of its entries. */
export interface DetectedEntry {
  name: string;
  command: FindingBase['command'];
  runsAs: string;
  environment?: FindingBase['environment'];
  workingDirectory?: string | undefined;
}

/** The parts of a finding that follow from what it runs and as whom; `undefined` when it is no memory daemon and nobody asked for it (W20). */
export function recogniseEntry(
  kind: LegacyKind,
  { name, command, runsAs, environment = {}, workingDirectory }: DetectedEntry,
  { known, asked, homes }: DetectionContext,
) {
  const daemon = recognise(kind, name, command, known);
  if (daemon === undefined && !asked.has(idOf({ kind, name }))) return undefined;
  return {
    name,
    daemon: daemon?.name,
    serves: serviceOf(daemon, known),
    runsAs,
    home: homes.get(runsAs),
    command,
    workingDirectory,
    environment,
    port: portOf(daemon, command, environment),
    dataPath: dataPathOf(daemon, command, environment, homes.get(runsAs)),
  };
}

/** The service of this user's that runs the same daemon, by its definition or by its adapter. */
function serviceOf(daemon: KnownDaemon | undefined, known: readonly KnownDaemon[]): string | undefined {
  if (daemon === undefined) return undefined;
  const same = (one: KnownDaemon) =>
    one === daemon || (daemon.name !== undefined && one.name === daemon.name);
  return known.find((one) => one.service !== undefined && same(one))?.service;
}

/** Something that runs as another person is told and left alone; what runs as root or for a service is moved by whoever asks. */
export function actionFor(runsAs: string, { user, people }: DetectionContext): LegacyAction {
  if (runsAs === user.name || !people.has(runsAs)) return { kind: 'migrate' };
  return { kind: 'report', why: `it runs as ${runsAs}, who must migrate it`, commands: [] };
}

/** A finding from its candidate and what lies in its data directory. */
export function withData({ dataPath: _path, ...rest }: Candidate, data: FindingBase['data']): Finding {
  const closed = data.kind === 'closed' && rest.kind !== 'windows-service' && rest.needsAdmin.length > 0;
  const reading = closed ? [readingNeed(data.path)] : [];
  return { ...rest, needsAdmin: [...rest.needsAdmin, ...reading], data } as Finding;
}

const readingNeed = (path: string) => ({ what: `read ${path}`, why: 'only root may' });

/** The same finding, whose data lie elsewhere than it says: `data` is what lies there. */
export function withOtherData(finding: Finding, data: FindingBase['data']): Finding {
  const before = 'path' in finding.data ? readingNeed(finding.data.path).what : undefined;
  const needsAdmin = finding.needsAdmin.filter(({ what }) => what !== before);
  return withData({ ...finding, needsAdmin, dataPath: undefined }, data);
}
