import { freePort, projects, whoAnswers } from './legacy.ts';
import { unit, write } from './root-unit.ts';
import type { Machine } from './systemd-machine.ts';
import { until } from './until.ts';

/** Where the account of a service keeps its data. */
export const account = { name: 'svc', home: '/home/svc', data: '/home/svc/.mneme-server' };

/** A file of root's that must never leave its home. */
export const secret = { path: '/root/.ssh/id', text: 'the-secret-of-root' };

const sh = (machine: Machine, script: string) => machine.must(['sh', '-euc', script]);

/** Runs claude-mneme's server as an account of its own, with its data in a home that only it may enter. Gives the port. */
export async function runAsService(machine: Machine): Promise<number> {
  const { name, home, data } = account;
  const port = await freePort();
  await write(machine, secret.path, secret.text, 0o600);
  await sh(machine, `useradd -r -m -d ${home} ${name} && chmod 700 ${home} /root /root/.ssh`);
  await write(machine, `${data}/config.json`, JSON.stringify({ port }), 0o644);
  for (const [file, text] of Object.entries(projects)) await write(machine, `${data}/${file}`, text);
  await sh(machine, `chown -R ${name}: ${home}`);
  const service = `[Service]\nUser=${name}\nExecStart=${machine.node} /opt/memoryd/test/support/mneme-server.mjs\n`;
  await write(machine, `/etc/systemd/system/${unit}`, `${service}[Install]\nWantedBy=multi-user.target\n`);
  await machine.must(['systemctl', 'daemon-reload']);
  await machine.must(['systemctl', 'restart', unit]);
  await until('the account serves', async () => (await whoAnswers(port)) === 'mneme');
  return port;
}

/** Does something as the account. */
export const asService = (machine: Machine, script: string) =>
  machine.must(['runuser', '-u', account.name, '--', 'sh', '-euc', script]);

/** Files where the migration writes that hold root's secret. */
export async function leaks(machine: Machine): Promise<string> {
  const { stdout } = await machine.run(['grep', '-rlsF', secret.text, '/home/bob', '/tmp', '/var', '/run']);
  return stdout;
}
