import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join, win32 } from 'node:path';
import test from 'node:test';
import { windowsNode } from './windows-node.ts';
import type { Wine } from './wine.ts';

interface Found {
  /** Why something was not done; absent if it was. */
  locked?: string;
  pruned?: string;
  later?: string;
  tree?: string;
  lockLeft: boolean;
  treeLeft: boolean;
  /** What is in an old build that still runs, after it was to be removed. */
  kept: string[];
  left: string[];
}

export function removal(wine: () => Wine): void {
  test('what an uninstall holds open itself goes: its lock file (N02), the program that runs it (N03)', async () => {
    const [home, own] = [wine().file('home'), wine().file('own')];
    mkdirSync(own.unix);
    copyFileSync(windowsNode, join(own.unix, 'node.exe'));
    const found = await wine().ask<Found>(
      'removal.ts',
      { home: home.windows, own: own.windows },
      win32.join(own.windows, 'node.exe'),
    );
    const { locked, lockLeft, tree, treeLeft } = found;
    assert.deepEqual(
      { locked, lockLeft, tree, treeLeft },
      {
        locked: undefined,
        lockLeft: false,
        tree: undefined,
        treeLeft: false,
      },
    );
    // A running build is no failure, and is removed whole or not at all, at the latest by the next install.
    const { pruned, later, kept, left } = found;
    assert.deepEqual([pruned, later, left], [undefined, undefined, []]);
    assert.ok([0, 2].includes(kept.length), kept.join(' '));
  });
}
