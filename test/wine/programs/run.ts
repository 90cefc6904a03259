// Runs commands one after the other through the one place that spawns.
import { type Argv, systemExec } from '../../../src/system/exec.ts';
import { answer } from './answer.ts';

await answer(async (argvs: Argv[]) => {
  const results = [];
  for (const argv of argvs) results.push(await systemExec.run(argv));
  return results;
});
