import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkBearer, hostAllowed, originAllowed } from '../../../src/daemon/http/guards.ts';

const hosts: [host: string | undefined, allowed: boolean][] = [
  ['127.0.0.1:8353', true],
  ['localhost:8353', true],
  ['LOCALHOST:8353', true],
  ['[::1]:8353', true],
  [undefined, false],
  ['', false],
  ['127.0.0.1', false],
  ['127.0.0.1:8354', false],
  ['evil.example:8353', false],
  ['127.0.0.1.evil.example:8353', false],
  ['localhost.:8353', false],
  ['localhost:8353@evil.example', false],
  ['nas.home', true],
  ['nas.home:8353', true],
  ['NAS.home:8353', true],
  ['nas.home:1', false],
  ['tunnel.example:443', true],
  ['tunnel.example:8353', false],
];

for (const [host, allowed] of hosts) {
  test(`host ${host} is ${allowed ? 'ours' : 'refused'}`, () => {
    assert.equal(hostAllowed(host, 8353, ['nas.home', 'tunnel.example:443']), allowed);
  });
}

const origins: [origin: string | undefined, allowed: boolean][] = [
  [undefined, true],
  ['http://localhost', true],
  ['http://localhost:6274', true],
  ['https://127.0.0.1:8443', true],
  ['http://[::1]:3000', true],
  ['null', false],
  ['', false],
  ['https://evil.example', false],
  ['http://localhost.evil.example', false],
  ['http://evil.example/?localhost', false],
  ['file://localhost', false],
  ['chrome-extension://localhost', false],
];

for (const [origin, allowed] of origins) {
  test(`origin ${origin} is ${allowed ? 'of this machine' : 'refused'}`, () => {
    assert.equal(originAllowed(origin), allowed);
  });
}

const tokens: [authorization: string | undefined, check: ReturnType<typeof checkBearer>][] = [
  ['Bearer secret', 'right'],
  ['bearer  secret ', 'right'],
  [undefined, 'missing'],
  ['', 'missing'],
  ['Bearer ', 'missing'],
  ['Basic secret', 'missing'],
  ['Bearer Secret', 'wrong'],
  ['Bearer secret2', 'wrong'],
  ['Bearer se', 'wrong'],
];

for (const [authorization, check] of tokens) {
  test(`the token of ${JSON.stringify(authorization)} is ${check}`, () => {
    assert.equal(checkBearer(authorization, 'secret'), check);
  });
}
