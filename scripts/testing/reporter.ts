// Prints one line per test (failed, skipped, or its duration), and the complete failures at the end.
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';
import { noCounts } from './counts.ts';
import type { FileReports } from './run-files.ts';

function where(file: string | undefined): string {
  return file === undefined ? '' : relative(process.cwd(), file).replaceAll('\\', '/');
}

/** Reports tests. Suites are not counted. */
// biome-ignore lint/style/noDefaultExport: node's test runner takes the default export of a reporter
export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const reports: FileReports = {};
  const failures: string[] = [];
  for await (const { type, data } of source) {
    // A value that a test measured. The summary of the runner itself has no file.
    if (type === 'test:diagnostic' && data.file !== undefined) {
      yield `        ${where(data.file)}: ${data.message}\n`;
    }
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const file = where(data.file);
    const counts = reports[file] ?? { ...noCounts, seconds: 0 };
    reports[file] = counts;
    if (data.nesting === 0) counts.seconds += data.details.duration_ms / 1000;
    if (data.details.type === 'suite') continue;
    const name = `${file}: ${data.name}`;
    if (type === 'test:fail') {
      counts.failed += 1;
      const cause = data.details.error.cause ?? data.details.error;
      failures.push(`FAILED  ${name}\n${inspect(cause, { depth: 4 }).replace(/^/gm, '  ')}\n`);
      yield `FAILED  ${name}\n`;
    } else if (data.skip !== undefined && data.skip !== false) {
      counts.skipped += 1;
      yield `skipped ${name} (${data.skip === true ? 'no reason' : data.skip})\n`;
    } else {
      counts.passed += 1;
      yield `ok      ${name} ${Math.round(data.details.duration_ms)} ms\n`;
    }
  }
  yield* failures;
  const path = process.env.MEMORYD_TEST_REPORTS;
  if (path !== undefined) writeFileSync(path, JSON.stringify(reports));
}
