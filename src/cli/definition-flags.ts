import type { Flags } from '../install/requested-definition.ts';
import { daemonFlags } from '../service/daemon-flags.ts';

/** The flag or argument of `install` that sets each field of the definition: errors blame it (N36). */
export function definitionFlags(environment: Readonly<Record<string, string>> = {}): Flags {
  return {
    port: '--port',
    description: '--description',
    startAtLogin: '--no-login',
    startTimeoutSecs: '--start-timeout',
    sandbox: '--sandbox',
    command: 'command',
    adapter: '--adapter',
    transport: '--stdio',
    probe: '--probe',
    backend: '--backend',
    secrets: '--secret',
    ...Object.fromEntries(Object.keys(environment).map((name) => [`environment.${name}`, `--env ${name}`])),
    ...Object.fromEntries(Object.entries(daemonFlags).map(([field, flag]) => [`daemon.${field}`, flag])),
  };
}
