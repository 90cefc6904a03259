import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { observeDomains, refuseSystemJob } from '../../../src/platform/launchd/domain.ts';
import type { Launchctl, Printed } from '../../../src/platform/launchd/launchctl.ts';

const label = 'io.github.memoryd.memory';
const refused: Printed = { kind: 'refused', code: 5, words: 'Input/output error' };

/** A launchctl that answers `print` about each domain as told, and runs nothing else. */
function answering(answers: Readonly<Record<string, Printed>>): Launchctl {
  return {
    print: async (domain) => answers[domain] ?? { kind: 'not-loaded' },
    run: async (...args) => assert.fail(`launchctl ${args.join(' ')}`),
  };
}

describe('an answer that launchd refuses', () => {
  it('N15: is not read as absent, so that no second job is loaded in the other domain', async () => {
    for (const domain of ['gui/501', 'user/501']) {
      await assert.rejects(observeDomains(answering({ [domain]: refused }), 501, label), {
        kind: 'failed',
        message: `launchctl print ${domain}/${label} failed (exit 5)`,
      });
    }
  });

  it('N15: about the whole Mac is not read as absent either', async () => {
    await assert.rejects(refuseSystemJob(answering({ system: refused }), label), { kind: 'failed' });
  });
});
