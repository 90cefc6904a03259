/*
 * What Windows says, in three languages and their console encodings. Recorded by users of other projects:
 * see test/fixtures/schtasks and the failures W06, W07, W08.
 */

export type LocaleName = 'en' | 'de' | 'zh';

/** A text as bytes: what a console prints is seldom UTF-8. */
const ansi = (text: string) => Buffer.from(text, 'latin1');
const gbk = (hex: string) => Buffer.from(hex, 'hex');

export type Phrase =
  | 'running'
  | 'ready'
  | 'disabled'
  | 'interactive'
  | 'success'
  | 'denied'
  | 'not found'
  | 'malformed'
  | 'no process'
  | 'failed';

const phrases: Readonly<Record<LocaleName, Readonly<Record<Phrase, Buffer>>>> = {
  en: {
    running: ansi('Running'),
    ready: ansi('Ready'),
    disabled: ansi('Disabled'),
    interactive: ansi('Interactive only'),
    success: ansi('SUCCESS: The operation completed successfully.'),
    denied: ansi('ERROR: Access is denied.'),
    'not found': ansi('ERROR: The system cannot find the file specified.'),
    malformed: ansi('ERROR: The task XML is malformed.'),
    'no process': ansi('INFO: No tasks are running which match the specified criteria.'),
    failed: ansi('ERROR: The request failed.'),
  },
  de: {
    running: ansi('Wird ausgeführt'),
    ready: ansi('Bereit'),
    disabled: ansi('Deaktiviert'),
    interactive: ansi('Nur interaktiv'),
    success: ansi('ERFOLGREICH: Der Vorgang wurde erfolgreich beendet.'),
    denied: ansi('FEHLER: Zugriff verweigert'),
    'not found': ansi('FEHLER: Das System kann die angegebene Datei nicht finden.'),
    malformed: ansi('FEHLER: Die Aufgaben-XML ist falsch formatiert.'),
    'no process': ansi('INFORMATION: Es werden keine Aufgaben mit den angegebenen Kriterien ausgeführt.'),
    failed: ansi('FEHLER: Die Anforderung ist fehlgeschlagen.'),
  },
  zh: {
    running: gbk('D5FDD4DAD4CBD0D0'),
    ready: gbk('BECDD0F7'),
    disabled: gbk('D2D1BDFBD3C3'),
    interactive: gbk('D6BBCAB9D3C3BDBBBBA5B7BDCABD'),
    success: gbk('B3C9B9A6'),
    denied: gbk('B4EDCEF33A20BEDCBEF8B7C3CECAA1A3'),
    'not found': gbk('B4EDCEF33A20CFB5CDB3D5D2B2BBB5BDD6B8B6A8B5C4CEC4BCFEA1A3'),
    malformed: gbk('B4EDCEF3'),
    'no process': gbk('D0C5CFA2'),
    failed: gbk('B4EDCEF3'),
  },
};

export function phrase(locale: LocaleName, name: Phrase): Buffer {
  return phrases[locale][name];
}

const two = (value: number) => String(value).padStart(2, '0');

/** A moment as the locale's short date and long time. */
export function dateTime(locale: LocaleName, date: Date): string {
  const [day, month, year] = [two(date.getDate()), two(date.getMonth() + 1), date.getFullYear()];
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  if (locale === 'de') return `${day}.${month}.${year} ${time}`;
  if (locale === 'zh') return `${year}/${date.getMonth() + 1}/${date.getDate()} ${time}`;
  return `${day}/${month}/${year} ${time}`;
}
