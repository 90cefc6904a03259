// The test files and the order in which they run. Pure, except for listing the folder.
import { globSync } from 'node:fs';

/** Files that put load on the machine. Nothing else runs beside them. */
const alone = [
  'test/chaos/load.system.test.ts',
  'test/chaos/fuzz.system.test.ts',
  'test/e2e/concurrent.system.test.ts',
  'test/e2e/flood.system.test.ts',
];

/**
 * The longest files, longest first. If one of them started last, it would run alone at the end. `npm test` prints the
 * slowest files.
 */
const longest = [
  'test/contract/task-scheduler.system.test.ts',
  'test/chaos/killed-migration.system.test.ts',
  'test/contract/launchd.system.test.ts',
  'test/contract/systemd.system.test.ts',
  'test/e2e/migrate-system-unit.system.test.ts',
  'test/contract/standalone.system.test.ts',
  'test/e2e/port-thief.system.test.ts',
  'test/e2e/external.system.test.ts',
  'test/chaos/start-races.system.test.ts',
  'test/e2e/unresponsive.system.test.ts',
  'test/chaos/killed-upgrade.system.test.ts',
  'test/e2e/migrate-pm2.system.test.ts',
  'test/e2e/migrate-script.system.test.ts',
  'test/legacy/windows/service.system.test.ts',
  'test/chaos/killed-install.system.test.ts',
  'test/e2e/systemd.system.test.ts',
  'test/e2e/uninstall-writers.system.test.ts',
  'test/host/supervise.system.test.ts',
  'test/chaos/killed-uninstall.system.test.ts',
  'test/e2e/failed-install.system.test.ts',
  'test/legacy/launchd/migrate.system.test.ts',
  'test/bridge/stdio-bridge.system.test.ts',
  'test/e2e/migrate-user.system.test.ts',
  'test/platform/launchd/field-failures.system.test.ts',
];

/** Files that do two things at a time. */
const paired = ['test/contract/', 'test/e2e/port-thief.'];

/** What one processor carries, in thirds: a system file that does one thing at a time waits for a third of it. */
export const processorWeight = 3;
const waitingWeight = 2;

/** The number of quick files per process: starting a process takes longer than most of them. */
const batchSize = 8;

/** Quick files start no daemon, host or service manager; see CONTRIBUTING.md. */
export const isQuick = (file: string): boolean => !file.endsWith('.system.test.ts');

export const runsAlone = (file: string): boolean => alone.includes(file);

const isPaired = (file: string): boolean => paired.some((path) => file.startsWith(path));

/** The test files below `root` that match `paths` (all, if there are none), as sorted paths with `/`. */
export function findTestFiles(root: string, paths: readonly string[]): string[] {
  const all = globSync('test/**/*.test.ts', { cwd: root }).map((path) => path.replaceAll('\\', '/'));
  const asked = paths.map((path) => path.replaceAll('\\', '/').replace(/^\.\//, ''));
  return all.filter((file) => asked.length === 0 || asked.some((path) => file.startsWith(path))).sort();
}

/** Files that share a process, and the part of a processor that they use. */
export interface Job {
  files: string[];
  weight: number;
}

/** All jobs except those that run alone, in the order of their start: long files, other system files, quick batches. */
export function planJobs(files: readonly string[]): Job[] {
  const beside = files.filter((file) => !runsAlone(file));
  const rank = (file: string) => (longest.includes(file) ? longest.indexOf(file) : longest.length);
  const system = beside.filter((file) => !isQuick(file)).sort((a, b) => rank(a) - rank(b));
  const quick = beside.filter(isQuick);
  const batches = Math.ceil(quick.length / batchSize);
  return [
    ...system.map((file) => ({ files: [file], weight: isPaired(file) ? processorWeight : waitingWeight })),
    // Neighbours in the list often take similarly long, so they go to different batches.
    ...Array.from({ length: batches }, (_, batch) => ({
      files: quick.filter((_, i) => i % batches === batch),
      weight: processorWeight,
    })),
  ];
}

/** The first job that fits beside the running ones. If nothing runs, every job fits. */
export function nextJob(queue: readonly Job[], busy: number, capacity: number): Job | undefined {
  return queue.find(({ weight }) => busy === 0 || busy + weight <= capacity);
}
