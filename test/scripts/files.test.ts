import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  findTestFiles,
  isQuick,
  nextJob,
  planJobs,
  processorWeight,
  runsAlone,
} from '../../scripts/testing/files.ts';
import { repository } from '../support/lab.ts';

const all = findTestFiles(repository, []);

test('every file is in exactly one job, or runs alone', () => {
  const planned = planJobs(all).flatMap(({ files }) => files);
  assert.deepEqual([...planned, ...all.filter(runsAlone)].sort(), all);
});

test('files of the two lanes never share a process, and system files share with nobody', () => {
  for (const { files } of planJobs(all)) assert.ok(files.length === 1 || files.every(isQuick), files.join());
});

test('the long files that are named are there, and come first', () => {
  const [first] = planJobs(all);
  assert.ok(first?.files.every((file) => existsSync(join(repository, file))));
  assert.match(first?.files[0] ?? '', /^test\/contract\//);
});

test('two processors carry three system files, or one of the contract and another', () => {
  const weightOf = (path: string) =>
    planJobs(all).find(({ files }) => files[0]?.startsWith(path))?.weight ?? Number.NaN;
  const [contract, other] = [weightOf('test/contract/'), weightOf('test/e2e/systemd.')];
  assert.equal(3 * other, 2 * processorWeight);
  assert.equal(contract, processorWeight);
});

test('paths ask for files and folders, however they are written', () => {
  assert.deepEqual(findTestFiles(repository, ['./test/scripts/files.test.ts']), [
    'test/scripts/files.test.ts',
  ]);
  assert.ok(findTestFiles(repository, ['test\\scripts']).includes('test/scripts/files.test.ts'));
});

test('a job begins when it fits beside what runs, and any job on an idle machine', () => {
  const [big, small] = [
    { files: ['big'], weight: 2 },
    { files: ['small'], weight: 1 },
  ] as const;
  const queue = [big, small].map(({ files, weight }) => ({ files: [...files], weight }));
  assert.equal(nextJob(queue, 0, 1)?.weight, 2);
  assert.equal(nextJob(queue, 1, 3)?.weight, 2);
  assert.equal(nextJob(queue, 2, 3)?.weight, 1);
  assert.equal(nextJob(queue, 3, 3), undefined);
});
