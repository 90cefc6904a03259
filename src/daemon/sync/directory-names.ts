import { createHash } from 'node:crypto';

/** File systems allow 255 bytes in a name; ids that would come near are named by their hash. */
const longestName = 200;

const plain = /^[A-Za-z0-9_-]+$/;

// Device names open the device on Windows, in every directory and whatever the case.
const deviceName = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])$/i;

/** Where a project's directory may lie below the root. */
export interface DirectoryNames {
  /** Its own names, best first; no other id has any of them. */
  own: readonly [string, ...string[]];
  /** The name claude-mneme's server gave it, where that is not its own: several ids can share it. */
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
 * The directory names of a project: ids of letters, digits, `_` and `-` are their own name, as they always were;
 * everything else is percent-encoded, so that `a/b` and `a_b` stay two projects.
 * The second name has no letters but hex digits: where a file system does not tell `Foo` from `foo`, the later one gets it.
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
