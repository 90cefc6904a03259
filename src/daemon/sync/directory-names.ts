import { createHash } from 'node:crypto';

/** File systems limit a name to 255 bytes. Longer ids are named by their hash. */
const longestName = 200;

const plain = /^[A-Za-z0-9_-]+$/;

// On Windows a device name opens the device, in every directory and in any case.
const deviceName = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])$/i;

/** The possible names of a project's directory below the root. */
export interface DirectoryNames {
  /** Its own names, best first. No other id has any of them. */
  own: readonly [string, ...string[]];
  /** The name that claude-mneme's server used, if it is another one. Several ids can share it. */
  shared: string | undefined;
}

function percentEncode(id: string, keep: RegExp | undefined): string {
  let name = '';
  for (const byte of Buffer.from(id, 'utf8')) {
    const character = String.fromCharCode(byte);
    name += keep?.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return name;
}

/**
 * Gives the directory names of a project. An id of letters, digits, `_` and `-` is its own name. Other ids are
 * percent-encoded, so that `a/b` and `a_b` stay two projects. The second name has no letters except hex digits: on a
 * file system that ignores case, the later of `Foo` and `foo` gets it.
 */
export function directoryNames(id: string): DirectoryNames {
  const hidden = percentEncode(id, undefined);
  const readable = percentEncode(id, plain);
  const hashed = `%sha256-${createHash('sha256').update(id, 'utf8').digest('hex')}`;
  const names = [deviceName.test(id) ? hidden : readable, hidden].filter(
    (name) => name.length <= longestName,
  );
  const [first = hashed, ...rest] = names;
  const shared = id.replace(/[^a-zA-Z0-9_-]/g, '_');
  return {
    own: [first, ...rest, ...(names.length === 0 ? [] : [hashed])],
    shared: shared === first ? undefined : shared,
  };
}
