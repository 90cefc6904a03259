import type { Exec } from '../../system/exec.ts';

/** Whether cmd.exe runs commands for this user. */
export type CmdPolicy = 'usable' | 'forbidden';

const key = 'HKCU\\Software\\Policies\\Microsoft\\Windows\\System';

/**
 * Reads the policy "Prevent access to the command prompt". With it, cmd.exe prints a message and waits for a key, so a
 * task would hang. The policy has two values, which differ in batch files only; neither is relied on. Without an answer
 * there is no policy: print on another system has no registry to ask.
 */
export async function cmdPolicy(exec: Exec): Promise<CmdPolicy> {
  const result = await exec.run(['reg', 'query', key, '/v', 'DisableCMD']);
  const set =
    result.kind === 'exited' && result.code === 0 && /\sREG_DWORD\s+0x0*[1-9a-f]/i.test(result.stdout);
  return set ? 'forbidden' : 'usable';
}
