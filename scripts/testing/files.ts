// Which test files there are, and in which order they run. Pure but for the look into the folder.
import { globSync } from 'node:fs';

/** Files that put the machine under load on purpose: nothing else runs beside them. */
const alone = [
  'test/chaos/load.system.test.ts',
  'test/chaos/fuzz.system.test.ts',
  'test/e2e/concurrent.system.test.ts',
];

/** The longest files, longest first: begun last, one of them would run on by itself. `npm test` prints the slowest. */
const longest: readonly string[] = [];

/** How many quick files share a process: starting one costs more than most of them take. */
const batchSize = 8;

/** Quick files start no daemon, host or service manager; see CONTRIBUTING.md. */
export const isQuick = (file: string): boolean => !file.endsWith('.system.test.ts');

export const runsAlone = (file: string): boolean => alone.includes(file);

/** The test files below `root` that `paths` ask for (all, when they ask for none), as paths with `/`, sorted. */
export function findTestFiles(root: string, paths: readonly string[]): string[] {
  const all = globSync('test/**/*.test.ts', { cwd: root }).map((path) => path.replaceAll('\\', '/'));
  const asked = paths.map((path) => path.replaceAll('\\', '/').replace(/^\.\//, ''));
  return all.filter((file) => asked.length === 0 || asked.some((path) => file.startsWith(path))).sort();
}

/** What shares a process, in the order in which it is begun: long files, other system files, quick ones in batches. */
export function planJobs(files: readonly string[]): string[][] {
  const beside = files.filter((file) => !runsAlone(file));
  const rank = (file: string) => (longest.includes(file) ? longest.indexOf(file) : longest.length);
  const system = beside.filter((file) => !isQuick(file)).sort((a, b) => rank(a) - rank(b));
  const quick = beside.filter(isQuick);
  const batches = Math.ceil(quick.length / batchSize);
  return [
    ...system.map((file) => [file]),
    // Dealt out like cards: neighbours in the list are often alike, and alike in length.
    ...Array.from({ length: batches }, (_, batch) => quick.filter((_, i) => i % batches === batch)),
  ];
}
