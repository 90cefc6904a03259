import type { Roots } from '../../src/layout.ts';
import type { BackendName } from '../../src/service/unit.ts';
import type { Runner } from '../support/cli.ts';
import type { Skip } from '../support/machine-needs.ts';

/** Logging out and in, a power cut, and taking the manager's tool away. */
export type Ability = 'relogin' | 'reboot' | 'toolTrouble';

/** A kind of machine with one of the managers: the real thing, or a simulator of it. */
export interface World {
  backend: BackendName;
  /** For test names: which manager, and whether it is the real one. */
  title: string;
  skip: Skip;
  /** The program that the backend talks to, if it talks to any. */
  tool: string | undefined;
  /** How many questions a failed service costs, asked at once. 1 if nothing is said. */
  questionsOfFailed?: number;
  /** Other tests kill the same commands on it at every step, of which the cases here try a few. */
  killedElsewhere?: boolean;
  /** What cannot be done to such a machine, and why. */
  lacks?: Partial<Record<Ability, string>>;
  start(): Promise<Machine>;
}

/** One machine of its own, somebody logged in, memoryd unpacked and nothing installed. */
export interface Machine extends AsyncDisposable {
  /** Runs commands as the user, in the environment of their login. */
  runner: Runner;
  /** The PATH of those commands. */
  path: string;
  /** Where memoryd is unpacked. */
  program: string;
  /** A name that nobody else on the machine uses, and whose preferred port nobody else has. */
  service: string;
  home: string;
  roots: Roots;
  /** The only directories anything may be written to. */
  places: string[];
  /** Writes a file that belongs to the user. */
  write(path: string, content: string, mode?: number): Promise<void>;
  /** A change to the text of a unit file that leaves it valid. */
  edit(unit: string): string;
  /** Whether the manager itself knows the service. */
  isRegistered(): Promise<boolean>;
  /** What a person does in the manager's own tools: it shall not start any more, and does not run now. */
  disable(): Promise<void>;
  /** The registration and all that ran are gone, behind our back. */
  loseUnit(): Promise<void>;
  /** Puts something of the same name there that we did not write; gives what tells whether it is untouched. */
  plantForeignUnit(): Promise<() => Promise<boolean>>;
  /** Every call of the manager's tool so far, in words, where the machine keeps a journal of them. */
  calls?(): Promise<string[]>;
  /** The user logs out and in again. */
  relogin(): Promise<void>;
  /** A power cut, then boot and login. */
  reboot(): Promise<void>;
}

/** Whether the managers of this machine itself are to be used, and this user's session with them: for throw-away machines. */
export const usesRealManagers = process.env.MEMORYD_CONTRACT_REAL === '1';

/** Why a world with the real manager of `platform` cannot be used here, if it cannot. */
export function needsReal(platform: NodeJS.Platform): Skip {
  if (process.platform !== platform) return `needs ${platform}`;
  return usesRealManagers ? false : 'MEMORYD_CONTRACT_REAL=1 uses the manager of this session';
}
