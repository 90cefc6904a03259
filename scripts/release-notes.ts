// `release-notes.ts v1.2.3`: prints the notes of that version. Fails if the tag is not the version in package.json.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { notesOf } from './changelog.ts';

const read = (file: string) => readFileSync(join(import.meta.dirname, '..', file), 'utf8');
const { version } = JSON.parse(read('package.json')) as { version: string };
const tag = process.argv[2];
const notes = notesOf(read('CHANGELOG.md'), version);
if (tag !== `v${version}`) {
  console.error(`the tag is ${tag}, and package.json has version ${version}`);
  process.exitCode = 1;
} else if (notes === undefined) {
  console.error(`CHANGELOG.md has no dated entry for ${version}`);
  process.exitCode = 1;
} else {
  console.log(notes);
}
