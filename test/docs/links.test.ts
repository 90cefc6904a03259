// Relative links in our pages lead to files that are there, and to headings that are there.
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { repository } from '../support/lab.ts';

const pages = globSync(['*.md', 'docs/**/*.md', '.github/**/*.md'], { cwd: repository });

const read = (page: string) => readFileSync(join(repository, page), 'utf8');

/** A page without its code, in which brackets mean something else. */
const prose = (text: string) => text.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, 'code');

/** The targets of `[text](target)` and `[name]: target`, and of `src` and `href`, that are not on another site. */
function linksOf(page: string): string[] {
  const text = prose(read(page));
  const targets = [
    ...text.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g),
    ...text.matchAll(/^\[[^\]]+\]:\s+(\S+)/gm),
    ...text.matchAll(/\b(?:src|href)="([^"]+)"/g),
  ].map(([, target = '']) => target);
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchors that GitHub gives the headings of a page: lower case, hyphens for spaces, no other punctuation. */
function anchorsOf(page: string): string[] {
  const text = read(page).replaceAll(/^```[\s\S]*?^```/gm, '');
  return [...text.matchAll(/^#+ +(.+)$/gm)].map(([, heading = '']) =>
    heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

test('there are pages to look at', () => {
  for (const page of ['README.md', 'CONTRIBUTING.md', 'docs/ARCHITECTURE.md']) {
    assert.ok(pages.map((path) => path.replaceAll('\\', '/')).includes(page), page);
  }
});

for (const page of pages) {
  test(`${page.replaceAll('\\', '/')}: every relative link leads somewhere`, () => {
    for (const link of linksOf(page)) {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : join(dirname(page), decodeURIComponent(path));
      assert.ok(existsSync(join(repository, target)), `${page} links to ${link}, which is not there`);
      if (anchor !== undefined) {
        assert.ok(
          anchorsOf(target).includes(anchor),
          `${page} links to ${link}, a heading that is not there`,
        );
      }
    }
  });
}
