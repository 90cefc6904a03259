import { type Override, parsePrintDisabled } from './overrides.ts';

/**
 * What `launchctl print <domain>` reports about one label: whether the domain has it, and whether the user disabled
 * it.
 */
export type DomainList =
  | { kind: 'listed'; job: boolean; override: Override }
  | { kind: 'unreadable'; reason: string };

const unreadable = (reason: string): DomainList => ({ kind: 'unreadable', reason });

/**
 * Parses the description of a domain. The format is not an API, so incomplete output, or output without a list of
 * services, is unreadable.
 */
export function parseDomain(output: string, label: string): DomainList {
  const lines = output.split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (!/^\S.* = \{$/.test(lines.shift() ?? '') || lines.pop() !== '}')
    return unreadable('the description of the domain is cut off');
  if (lines.some((line) => line !== '' && !line.startsWith('\t')))
    return unreadable('not one description of a domain');
  const start = lines.indexOf('\tservices = {');
  const end = lines.indexOf('\t}', start);
  if (start < 0 || end < 0) return unreadable('the description of the domain lists no services');
  // A row is pid, last exit status, label: `    3621      - 	com.example`.
  const labels = lines.slice(start + 1, end).map((row) => /^\t\t *\d+ +\S+ *\t(.+)$/.exec(row)?.[1]);
  if (labels.includes(undefined)) return unreadable('a row of the services is none we know');
  return { kind: 'listed', job: labels.includes(label), override: parsePrintDisabled(output, label) };
}
