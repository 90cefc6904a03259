import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createFixture } from 'fs-fixture';
import { createStore, type Store } from '../../src/daemon/store/index.ts';
import { type HeldClock, holdClock } from './held-clock.ts';

export interface TestStore {
  store: Store;
  /** Does not exist until something is stored. */
  dataDir: string;
  clock: HeldClock;
}

/** A store in a directory of its own, closed and removed when the test ends. Its clock stands still. */
export async function openTestStore(t: TestContext, segmentSize?: number): Promise<TestStore> {
  const fixture = await createFixture({});
  const clock = holdClock();
  const dataDir = join(fixture.path, 'data');
  const store = createStore(dataDir, clock, () => undefined, { segmentSize });
  t.after(async () => {
    store.close();
    await fixture.rm();
  });
  return { store, dataDir, clock };
}
