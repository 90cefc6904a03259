import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemorydError } from '../../src/errors.ts';
import { daemonSettingsSchema, withEnvironment, withOverrides } from '../../src/service/daemon-settings.ts';

const defaults = daemonSettingsSchema.parse({});

test('everything has the documented default', () => {
  assert.deepEqual(defaults, {
    listen: '127.0.0.1',
    allowedHosts: [],
    sessions: {
      idleTimeoutSecs: 14_400,
      maxLifetimeSecs: 0,
      maxSessions: 100,
      rateLimit: 60,
      rateWindowSecs: 60,
    },
    sync: { apiKeys: [], lockTtlMinutes: 30, rateLimit: 100, rateWindowSecs: 60 },
    backups: { everyHours: 24, keep: 7 },
  });
});

test('a misspelt field and a number out of range are refused, not ignored', () => {
  assert.equal(daemonSettingsSchema.safeParse({ sessions: { idleTimeout: 5 } }).success, false);
  assert.equal(daemonSettingsSchema.safeParse({ sessions: { idleTimeoutSecs: -1 } }).success, false);
  assert.equal(daemonSettingsSchema.safeParse({ sync: { apiKeys: [''] } }).success, false);
});

test('a timeout longer than a timer can wait is refused: the timer would fire at once', () => {
  assert.equal(daemonSettingsSchema.safeParse({ sessions: { maxLifetimeSecs: 2_147_484 } }).success, false);
});

test('listening beyond loopback needs API keys', () => {
  assert.equal(daemonSettingsSchema.safeParse({ listen: '0.0.0.0' }).success, false);
  const opened = daemonSettingsSchema.safeParse({
    listen: '0.0.0.0',
    sync: { apiKeys: ['a-long-enough-key'] },
  });
  assert.equal(opened.success, true);
});

const variables = [
  ['MEMORYD_IDLE_TIMEOUT_SECS', 'idleTimeoutSecs'],
  ['MEMORYD_MAX_SESSION_LIFETIME_SECS', 'maxLifetimeSecs'],
  ['MEMORYD_MAX_SESSIONS', 'maxSessions'],
  ['MEMORYD_SESSION_RATE_LIMIT', 'rateLimit'],
  ['MEMORYD_SESSION_RATE_WINDOW_SECS', 'rateWindowSecs'],
] as const;

for (const [variable, field] of variables) {
  test(`${variable} overrides sessions.${field} and nothing else`, () => {
    const changed = withEnvironment(defaults, { [variable]: '7' });
    assert.deepEqual(changed, { ...defaults, sessions: { ...defaults.sessions, [field]: 7 } });
  });
}

test('an empty variable says nothing', () => {
  assert.deepEqual(withEnvironment(defaults, { MEMORYD_MAX_SESSIONS: '' }), defaults);
});

for (const value of ['ten', '-1', '1.5', '1e3', '99999999999', '0x10', ' 5']) {
  test(`MEMORYD_IDLE_TIMEOUT_SECS=${JSON.stringify(value)} fails closed`, () => {
    assert.throws(
      () => withEnvironment(defaults, { MEMORYD_IDLE_TIMEOUT_SECS: value }),
      (error: unknown) =>
        error instanceof MemorydError &&
        error.kind === 'configuration' &&
        error.message.includes('MEMORYD_IDLE_TIMEOUT_SECS'),
    );
  });
}

test('what the command line says goes over the rest, field by field', () => {
  assert.deepEqual(withOverrides(defaults, {}), defaults);
  assert.deepEqual(withOverrides(defaults, { listen: '::1', sessions: { maxSessions: 3 } }), {
    ...defaults,
    listen: '::1',
    sessions: { ...defaults.sessions, maxSessions: 3 },
  });
});

test('the command line cannot open what the definition may not: beyond loopback needs API keys', () => {
  const configuration = { kind: 'configuration' };
  assert.throws(() => withOverrides(defaults, { listen: '0.0.0.0' }), configuration);
  assert.throws(() => withOverrides(defaults, { sessions: { rateWindowSecs: -1 } }), configuration);
  const keyed = daemonSettingsSchema.parse({ sync: { apiKeys: ['a-long-enough-key'] } });
  assert.equal(withOverrides(keyed, { listen: '0.0.0.0' }).listen, '0.0.0.0');
});
