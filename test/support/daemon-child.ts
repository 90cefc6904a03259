import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

const script = join(import.meta.dirname, 'daemon-process.ts');

export interface DaemonChild {
  child: ChildProcess;
  port: number;
}

/** A daemon in a process of its own, listening; killed when the test ends. Port 0 is any free one. */
export async function startDaemonProcess(t: TestContext, dataDir: string, port = 0): Promise<DaemonChild> {
  const args = ['--disable-warning=ExperimentalWarning', script, dataDir, String(port)];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const [line] = await once(child.stdout, 'data');
  return { child, port: Number(line) };
}
