import { posix } from 'node:path';

/**
 * The override of a label that the user set with launchctl. It survives uninstalls and reboots, and makes `bootstrap`
 * fail (M02). A label without an override is enabled. `undefined`: unknown.
 */
export type Override = 'enabled' | 'disabled' | undefined;

/** The file in which launchd stores overrides. Some macOS versions let users read it. */
export function overridesFile(uid: number): string {
  return posix.join('/var/db/com.apple.xpc.launchd', `disabled.${uid}.plist`);
}

const escaped = (label: string): string => label.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Parses that file: `<key>label</key>` followed by `<true/>` means disabled. */
export function parseOverridesFile(plist: string, label: string): Override {
  if (!/<plist[\s>]/.test(plist) || !/<\/plist>\s*$/.test(plist)) return undefined;
  const value = new RegExp(`<key>${escaped(label)}</key>\\s*<(true|false)\\s*/>`).exec(plist)?.[1];
  return value === 'true' ? 'disabled' : 'enabled';
}

/**
 * Parses `launchctl print-disabled`: current versions print `=> disabled` and `=> enabled`, older ones `=> true`
 * (disabled) and `=> false`.
 */
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
