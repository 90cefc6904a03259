/** What a .lnk says, read strictly by MS-SHLLINK and apart from the code that writes ours. */
export interface Shortcut {
  target: string;
  environmentTarget: string;
  workingDirectory: string;
  arguments: string;
}

const known = 0x0002 | 0x0010 | 0x0020 | 0x0080 | 0x0200;

function check(right: boolean, what: string): void {
  if (!right) throw new Error(`not a shortcut: ${what}`);
}

function zeroTerminated(bytes: Buffer, from: number, encoding: 'latin1' | 'utf16le'): string {
  const text = bytes.subarray(from).toString(encoding);
  check(text.includes('\0'), 'a text without end');
  return text.slice(0, text.indexOf('\0'));
}

function linkInfo(bytes: Buffer): string {
  check(bytes.readUInt32LE(4) === 0x24, 'LinkInfo header size');
  check(bytes.readUInt32LE(8) === 1, 'LinkInfo flags');
  const volume = bytes.readUInt32LE(12);
  const ansi = zeroTerminated(bytes, bytes.readUInt32LE(16), 'latin1');
  check(bytes.readUInt32LE(volume) === bytes.readUInt32LE(16) - volume, 'volume size');
  check(zeroTerminated(bytes, bytes.readUInt32LE(24), 'latin1') === '', 'path suffix');
  const unicode = zeroTerminated(bytes, bytes.readUInt32LE(28), 'utf16le');
  check(zeroTerminated(bytes, bytes.readUInt32LE(32), 'utf16le') === '', 'wide path suffix');
  check(ansi === unicode, 'two different targets');
  return unicode;
}

/** Throws for anything that is not exactly the kind of shortcut that we mean to write. */
export function readShortcut(bytes: Buffer): Shortcut {
  check(bytes.readUInt32LE(0) === 0x4c, 'header size');
  check(bytes.subarray(4, 20).toString('hex') === '0114020000000000c000000000000046', 'class id');
  check(bytes.readUInt32LE(20) === known, 'flags');
  let at = 0x4c;
  const infoSize = bytes.readUInt32LE(at);
  const target = linkInfo(bytes.subarray(at, at + infoSize));
  at += infoSize;
  const counted = () => {
    const length = bytes.readUInt16LE(at) * 2;
    const text = bytes.subarray(at + 2, at + 2 + length).toString('utf16le');
    at += 2 + length;
    return text;
  };
  const workingDirectory = counted();
  const args = counted();
  check(bytes.readUInt32LE(at) === 0x314 && bytes.readUInt32LE(at + 4) === 0xa0000001, 'environment block');
  const environmentTarget = zeroTerminated(bytes, at + 268, 'utf16le');
  check(zeroTerminated(bytes, at + 8, 'latin1') === environmentTarget, 'two different environment targets');
  check(bytes.readUInt32LE(at + 0x314) === 0 && bytes.length === at + 0x318, 'terminal block');
  return { target, environmentTarget, workingDirectory, arguments: args };
}
