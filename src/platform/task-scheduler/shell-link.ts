import type { Action } from './render.ts';

/*
 * A shortcut as MS-SHLLINK lays it out. It holds the target twice: as LinkInfo, and as the environment block, which
 * Explorer follows when there is no item list. That list is the part only COM can make, and it is optional.
 */

const headerSize = 0x4c;
const classId = Buffer.from('0114020000000000c000000000000046', 'hex');

/** HasLinkInfo, HasWorkingDir, HasArguments, IsUnicode, HasExpString. MS-SHLLINK 2.1.1 */
const flags = 0x0002 | 0x0010 | 0x0020 | 0x0080 | 0x0200;
const attributeArchive = 0x20;
/** SW_SHOWMINNOACTIVE: nothing comes to the front. */
const showMinimised = 7;

function header(): Buffer {
  const bytes = Buffer.alloc(headerSize);
  bytes.writeUInt32LE(headerSize, 0);
  classId.copy(bytes, 4);
  bytes.writeUInt32LE(flags, 20);
  bytes.writeUInt32LE(attributeArchive, 24);
  bytes.writeUInt32LE(showMinimised, 60);
  return bytes;
}

/** A local path on a fixed disk, ANSI and UTF-16. MS-SHLLINK 2.3 */
function linkInfo(target: string): Buffer {
  const infoHeader = 0x24;
  const volume = Buffer.alloc(0x11);
  volume.writeUInt32LE(volume.length, 0);
  volume.writeUInt32LE(3, 4); // DRIVE_FIXED
  volume.writeUInt32LE(0x10, 12); // offset of the label, which is empty
  const ansi = Buffer.from(`${target}\0`, 'latin1');
  const unicode = Buffer.from(`${target}\0`, 'utf16le');
  const base = infoHeader + volume.length;
  const suffix = base + ansi.length;
  const unicodeBase = suffix + 1;
  const unicodeSuffix = unicodeBase + unicode.length;
  const size = unicodeSuffix + 2;
  const head = Buffer.alloc(infoHeader);
  [size, infoHeader, 1, infoHeader, base, 0, suffix, unicodeBase, unicodeSuffix].forEach((value, index) => {
    head.writeUInt32LE(value, index * 4);
  });
  return Buffer.concat([head, volume, ansi, Buffer.alloc(1), unicode, Buffer.alloc(2)]);
}

/** A counted string without terminator. MS-SHLLINK 2.4 */
function stringData(text: string): Buffer {
  const count = Buffer.alloc(2);
  count.writeUInt16LE(text.length);
  return Buffer.concat([count, Buffer.from(text, 'utf16le')]);
}

/** EnvironmentVariableDataBlock: the target in 260 ANSI and 260 UTF-16 characters. MS-SHLLINK 2.5.4 */
function environmentBlock(target: string): Buffer {
  const block = Buffer.alloc(0x314);
  block.writeUInt32LE(block.length, 0);
  block.writeUInt32LE(0xa0000001, 4);
  block.write(target, 8, 259, 'latin1');
  block.write(target, 268, 518, 'utf16le');
  return block;
}

/** The bytes of a .lnk that runs `action` (pure). */
export function shellLink(action: Action): Uint8Array {
  return Buffer.concat([
    header(),
    linkInfo(action.command),
    stringData(action.workingDirectory),
    stringData(action.arguments),
    environmentBlock(action.command),
    Buffer.alloc(4), // TerminalBlock
  ]);
}
