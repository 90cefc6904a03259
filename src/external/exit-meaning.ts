import type { ExitMeaning } from '../service/external-settings.ts';
import type { ExternalSpec } from './spec.ts';

/** `EX_CONFIG` of sysexits(3). */
const configuration = 78;

/** The meaning of an exit code; the default is restart. */
export function exitMeaning(spec: Pick<ExternalSpec, 'exitCodes'>, code: number | null): ExitMeaning {
  if (code === null) return 'restart';
  return spec.exitCodes[String(code)] ?? (code === configuration ? 'refuse' : 'restart');
}
