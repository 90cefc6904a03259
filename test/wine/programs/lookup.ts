// Runs `reg` in a directory that has a reg.exe of its own, which is no program; then asks whoami with a whoami.exe like
// that first on the PATH.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { messageOf } from '../../../src/errors.ts';
import { outputOf, systemExec } from '../../../src/system/exec.ts';
import { currentSid } from '../../../src/system/sid.ts';
import { answer } from './answer.ts';

await answer(async ({ directory }: { directory: string }) => {
  process.chdir(directory);
  const argv = ['reg', 'query', 'HKCU'] as const;
  // As Windows looks for it by itself.
  const unguarded = spawnSync(argv[0], argv.slice(1), { stdio: 'ignore' }).status;
  const { kind, ...ran } = await systemExec.run(argv);
  delete process.env.NoDefaultCurrentDirectoryInExePath;
  const child = systemExec.spawn(argv, { stdio: 'ignore' });
  const [spawned] = await Promise.race([once(child, 'exit'), once(child, 'error')]);
  delete process.env.NoDefaultCurrentDirectoryInExePath;
  const output = outputOf(argv, process.env);
  process.env.PATH = `${directory};${process.env.PATH}`;
  const asked = await currentSid(systemExec).catch(messageOf);
  return { asked, unguarded, ran: kind === 'exited' && 'code' in ran ? ran.code : kind, spawned, output };
});
