import { fillTemplate } from '../template.ts';

/** Escapes of a value in a key file. desktop-entry-spec, "Possible value types" */
function text(value: string): string {
  const escapes: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\t': '\\t', '\r': '\\r' };
  // Spaces at the start of a value are dropped unless they are escaped.
  return value.replace(/[\\\n\t\r]/g, (character) => escapes[character] as string).replace(/^ /, '\\s');
}

/**
 * One argument of Exec: quoted, with `" $ \` and the backtick escaped and `%` doubled, then escaped like every value.
 */
function argument(value: string): string {
  return text(`"${value.replace(/["`$\\]/g, '\\$&').replaceAll('%', '%%')}"`);
}

/**
 * An autostart entry that runs `argv` when a desktop session of the user begins. Pure, apart from loading the
 * template.
 */
export function renderDesktop(entry: { name: string; comment: string; argv: readonly string[] }): string {
  return fillTemplate('autostart.desktop', entry, { text, argument });
}
