// Reads the notes of a version from CHANGELOG.md.

/**
 * Returns the notes of `version` in the text of a changelog: the text between its heading (`## [1.2.3] - 2026-01-02`)
 * and the next one, without the links at the end. `undefined` if there is no dated heading or no text.
 * Format: https://keepachangelog.com/en/1.1.0/
 */
export function notesOf(changelog: string, version: string): string | undefined {
  const [, ...sections] = changelog.split(/^## /m);
  const section = sections.find((one) => one.startsWith(`[${version}] - `));
  if (section === undefined || !/^\[[^\]]+\] - \d{4}-\d{2}-\d{2}\n/.test(section)) return undefined;
  const notes = section
    .slice(section.indexOf('\n'))
    .replaceAll(/^\[[^\]]+\]: .*$/gm, '')
    .trim();
  return notes === '' ? undefined : notes;
}
