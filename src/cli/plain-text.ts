import { stripVTControlCharacters } from 'node:util';

/** Control characters but tab and newline: some move the cursor, ring the bell or change the character set. */
const controls = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/**
 * Text of another program as a terminal may show it: what it printed could recolour the terminal, hide lines or retitle
 * the window (N39). Pipes and files get every byte.
 */
export function plainText(text: string, isTerminal: boolean = process.stdout.isTTY === true): string {
  return isTerminal ? stripVTControlCharacters(text).replace(controls, '') : text;
}
