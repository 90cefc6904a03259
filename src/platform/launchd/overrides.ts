import { posix } from 'node:path';

/**
 * What the user told launchd of a label, over the plist's head. It survives uninstalls and reboots and makes
 * `bootstrap` fail (M02); a label that is not mentioned is enabled. `undefined`: it cannot be told.
 */
export type Override = 'enabled' | 'disabled' | undefined;

/** launchd's own record, readable without asking launchd where macOS lets us. */
export function overridesFile(uid: number): string {
  return posix.join('/var/db/com.apple.xpc.launchd', `disabled.${uid}.plist`);
}

const escaped = (label: string): string => label.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Reads the record: `<key>label</key>` and `<true/>` for disabled. */
export function parseOverridesFile(plist: string, label: string): Override {
  if (!/<plist[\s>]/.test(plist) || !/<\/plist>\s*$/.test(plist)) return undefined;
  const value = new RegExp(`<key>${escaped(label)}</key>\\s*<(true|false)\\s*/>`).exec(plist)?.[1];
  return value === 'true' ? 'disabled' : 'enabled';
}

/** Reads `launchctl print-disabled`: `=> disabled` and `=> enabled` today, `=> true` (disabled) and `=> false` before. */
export function parsePrintDisabled(output: string, label: string): Override {
  const block = /^\t?disabled services = \{\n([\s\S]*?)^\t?\}$/m.exec(output)?.[1];
  if (block === undefined) return undefined;
  const line = new RegExp(`^\\t+"${escaped(label)}" => (.*)$`, 'm').exec(block);
  if (line === null) return 'enabled';
  const words: Readonly<Record<string, Override>> = {
    true: 'disabled',
    disabled: 'disabled',
    false: 'enabled',
    enabled: 'enabled',
  };
  return words[line[1] ?? ''];
}
