import { liesInPlace } from '../adapters/places.ts';
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
import { dataPathOf, portOf, recognise, runsOneOf } from './recognise.ts';

/** The input that every detector shares. */
export interface DetectionContext {
  known: readonly KnownDaemon[];
  user: User;
  /** The `kind:name` of entries the user named, so that unknown daemons can be migrated too. */
  asked: ReadonlySet<string>;
  /** Homes by account name, for the accounts this machine lists. */
  homes: ReadonlyMap<string, string>;
  /** Accounts of people. Only its owner may migrate what runs as one of them. */
  people: ReadonlySet<string>;
}

/** A finding whose data directory is not inspected yet. */
export type Candidate = Omit<FindingBase, 'data'> & { dataPath: string | undefined } & FindingSource;

/** One entry as its manager describes it. */
export interface DetectedEntry {
  name: string;
  command: FindingBase['command'];
  runsAs: string;
  environment?: FindingBase['environment'];
  workingDirectory?: string | undefined;
}

/**
 * Gives the parts of a finding that follow from its command and account. Gives `undefined` when it is no memory daemon
 * and the user did not name it (W20).
 */
export function recogniseEntry(
  kind: LegacyKind,
  { name, command, runsAs, environment = {}, workingDirectory }: DetectedEntry,
  { known, asked, homes, user }: DetectionContext,
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
    ...portOf(daemon, command, environment),
    ...adaptedBy(daemon, command, environment, homes.get(runsAs) === user.home ? user.home : undefined),
    dataPath: dataPathOf(daemon, command, environment, homes.get(runsAs)),
  };
}

/** What the adapter of a daemon means for a command in this user's home: see FindingBase. */
function adaptedBy(
  daemon: KnownDaemon | undefined,
  command: FindingBase['command'],
  environment: FindingBase['environment'],
  home: string | undefined,
): Pick<FindingBase, 'adapted' | 'probe'> {
  const { adapter, otherProbe } = daemon ?? {};
  const inPlace =
    adapter !== undefined &&
    home !== undefined &&
    (command ?? []).some((word) => liesInPlace(word, adapter, home, environment));
  const isOther = otherProbe !== undefined && runsOneOf(command, otherProbe.programs);
  return {
    ...(inPlace ? { adapted: { variables: Object.keys(adapter.environment) } } : {}),
    ...(isOther ? { probe: otherProbe.probe } : {}),
  };
}

/** The service of this user that runs the same daemon, by its definition or by its adapter. */
function serviceOf(daemon: KnownDaemon | undefined, known: readonly KnownDaemon[]): string | undefined {
  if (daemon === undefined) return undefined;
  const same = (one: KnownDaemon) =>
    one === daemon || (daemon.name !== undefined && one.name === daemon.name);
  return known.find((one) => one.service !== undefined && same(one))?.service;
}

/**
 * Gives the action for an entry, from the account it runs as. Another person's entry is only reported; an entry of root
 * or of a system account can be migrated by this user.
 */
export function actionFor(runsAs: string, { user, people }: DetectionContext): LegacyAction {
  if (runsAs === user.name || !people.has(runsAs)) return { kind: 'migrate' };
  return { kind: 'report', why: `it runs as ${runsAs}, who must migrate it`, commands: [] };
}

/**
 * Makes a finding from its candidate and the state of its data directory. Adds the need to read data that only root can
 * read.
 */
export function withData({ dataPath: _path, ...rest }: Candidate, data: FindingBase['data']): Finding {
  const closed = data.kind === 'closed' && rest.kind !== 'windows-service' && rest.needsAdmin.length > 0;
  const reading = closed ? [readingNeed(data.path)] : [];
  return { ...rest, needsAdmin: [...rest.needsAdmin, ...reading], data } as Finding;
}

const readingNeed = (path: string) => ({ what: `read ${path}`, why: 'only root may' });

/** Gives the same finding with its data at another path. `data` is the state of that path. */
export function withOtherData(finding: Finding, data: FindingBase['data']): Finding {
  const before = 'path' in finding.data ? readingNeed(finding.data.path).what : undefined;
  const needsAdmin = finding.needsAdmin.filter(({ what }) => what !== before);
  return withData({ ...finding, needsAdmin, dataPath: undefined }, data);
}
