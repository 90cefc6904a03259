import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choosePort } from '../../src/install/choose-port.ts';
import { checkDefinition, type Definition } from '../../src/service/definition.ts';
import { portCandidates } from '../../src/service/port.ts';
import { realSystem } from '../../src/system/system.ts';

function definition(fields: object = {}): Definition {
  const checked = checkDefinition({ schema: 1, name: 'memory', ...fields });
  assert.equal(checked.kind, 'valid');
  return checked.definition;
}

function machine(name: string) {
  const real = realSystem();
  const network = { ...real.network, probe: async () => 'free' as const };
  return { ...real, platform: 'linux' as const, user: { name, uid: 1000, home: `/home/${name}` }, network };
}

test('N34 an account that was renamed keeps the port of its service, which clients know', async () => {
  const [old = 0] = portCandidates('ada', 'memory', 'linux');
  const chosen = await choosePort(machine('lovelace'), definition(), { basis: 'ada', port: old }, undefined);
  assert.deepEqual(chosen, { basis: 'lovelace', port: old });
});

test('a port that was fixed and is not any more gives way to the one of the account', async () => {
  const [own = 0] = portCandidates('ada', 'memory', 'linux');
  const chosen = await choosePort(machine('ada'), definition(), { basis: ':9000', port: 9000 }, undefined);
  assert.deepEqual(chosen, { basis: 'ada', port: own });
});
