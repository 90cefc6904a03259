// Finds the Windows services that are memory daemons, and plans what they become.
import { detectLegacies } from '../../../src/legacy/detect.ts';
import { targetOf } from '../../../src/legacy/target.ts';
import { realSystem } from '../../../src/system/system.ts';
import { answer } from './answer.ts';

await answer(async ({ asked }: { asked: string[] }) => {
  const system = realSystem();
  const directory = `${process.env.LOCALAPPDATA}\\memoryd-test`;
  const roots = { config: directory, data: directory, state: directory, logs: directory };
  const findings = await detectLegacies({ system, roots }, { kinds: ['windows-service'], asked });
  return findings.map((finding) => {
    const movable = finding.handling.kind === 'migrate' && finding.command !== undefined;
    const target = movable ? targetOf(finding, system.user, {}, undefined) : undefined;
    return { finding, target };
  });
});
