// However many start at once: exactly one daemon, and the others leave quietly.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { ensureBuilt } from '../../scripts/cli.ts';
import { ended, get, HostHome } from '../support/host-home.ts';
import { until } from '../support/until.ts';

const memoryd = await ensureBuilt();
const races = Number(process.env.MEMORYD_START_RACES ?? 100);
const linux = process.platform === 'linux' ? false : 'reads /proc';

/** Everything that runs for a service of this name, by its command line. */
function running(service: string): { supervisors: number[]; hosts: number[] } {
  const found = { supervisors: [] as number[], hosts: [] as number[] };
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    let argv: string[];
    try {
      argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    } catch {
      // It ended meanwhile.
      continue;
    }
    if (argv[argv.indexOf('host') + 1] !== service) continue;
    found[argv.includes('--supervise') ? 'supervisors' : 'hosts'].push(Number(pid));
  }
  return found;
}

describe(`${races} start races`, { skip: linux, concurrency: 2 }, () => {
  it('of three hosts: one serves, the others end with 0 and touch nothing of it', async (t) => {
    let wonBySecond = 0;
    for (let race = 0; race < races; race += 1) {
      await using home = await HostHome.create();
      // Each was started from another environment: they agree on no runtime directory.
      const children = [
        home.spawnCli([], {}, memoryd),
        home.spawnCli([], { XDG_RUNTIME_DIR: '' }, memoryd),
        home.spawnCli([], { XDG_RUNTIME_DIR: '', TMPDIR: home.path }, memoryd),
      ];
      const { endpoint } = await home.ready();
      const losers = children.filter(({ pid }) => pid !== endpoint.pid);
      assert.equal(losers.length, 2, 'the one that serves is one of them');
      for (const end of await Promise.all(losers.map(ended)))
        assert.deepEqual(end, { code: 0, signal: null }, `race ${race}`);
      assert.deepEqual(running(home.service), { supervisors: [], hosts: [endpoint.pid] }, `race ${race}`);
      const { json } = await get(home.port, '/health');
      assert.equal(json.nonce, endpoint.nonce);
      assert.equal((await home.ready()).report.restarts, 0);
      if (endpoint.pid !== children[0]?.pid) wonBySecond += 1;
    }
    t.diagnostic(`${wonBySecond} of ${races} were not won by the first`);
  });

  it('of two supervised services: one supervisor, one host', async () => {
    for (let race = 0; race < races / 4; race += 1) {
      await using home = await HostHome.create();
      const children = [{}, { XDG_RUNTIME_DIR: '' }].map((env) =>
        home.spawnCli(['--supervise'], env, memoryd),
      );
      const ends = await Promise.all(children.map(ended));
      const { endpoint } = await home.ready();
      const [supervisor] = await until(`one supervisor is left in race ${race}`, () => {
        const { supervisors, hosts } = running(home.service);
        return supervisors.length === 1 && hosts.length === 1 ? supervisors : undefined;
      });
      // Whoever finds the port taken finds the other's supervisor, too.
      for (const end of ends) assert.deepEqual(end, { code: 0, signal: null }, `race ${race}`);
      assert.deepEqual(running(home.service), { supervisors: [supervisor], hosts: [endpoint.pid] });
      const { json } = await get(home.port, '/health');
      assert.equal(json.nonce, endpoint.nonce);
    }
  });
});
