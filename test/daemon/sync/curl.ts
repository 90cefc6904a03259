import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import which from 'which';
import { HostHome } from '../../support/host-home.ts';

// A client that knows nothing but the API's document: curl, and the words of the table.

const run = promisify(execFile);

export const skipCurl = (await which('curl', { nothrow: true })) === null ? 'curl is not installed' : false;

export const key = 'test-key-1';
export const otherKey = 'test-key-2';

export interface Reply {
  status: number;
  headers: string;
  json: Record<string, unknown>;
}

export async function curl(url: string, ...args: string[]): Promise<Reply> {
  const fixed = ['--silent', '--path-as-is', '--include', '--max-time', '20'];
  const { stdout } = await run('curl', [...fixed, ...args, url], { maxBuffer: 64 * 1024 * 1024 });
  // Interim answers (100 Continue) come first, each with its own head.
  const [head = '', ...rest] = stdout.split(/\r\n\r\n(?!HTTP\/)/);
  const last = head.slice(head.lastIndexOf('HTTP/1.1'));
  return { status: Number(last.split(' ')[1]), headers: last, json: JSON.parse(rest.join('\r\n\r\n')) };
}

export const auth = ['-H', `Authorization: Bearer ${key}`];
export const as = (client: string) => [...auth, '-H', `X-Client-Id: ${client}`];

/** A real host with two API keys and no rate limit, unless `sync` says otherwise. */
export async function served(t: TestContext, sync: object = {}, daemon: object = {}) {
  const settings = { sync: { apiKeys: [key, otherKey], rateLimit: 0, ...sync }, ...daemon };
  const home = await HostHome.create({ daemon: settings });
  t.after(() => home[Symbol.asyncDispose]());
  const child = home.spawnCli();
  const { endpoint } = await home.ready();
  const projects = `${endpoint.url}/projects`;
  return { home, child, url: endpoint.url, projects, root: join(home.paths.data, 'projects') };
}
