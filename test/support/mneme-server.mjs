// Stands in for claude-mneme's sync server: the same settings file, data layout and answers, as far as a migration sees them.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { homedir } from 'node:os';
import { join } from 'node:path';

const home = join(homedir(), '.mneme-server');
const settings = {
  port: 3847,
  dataDir: home,
  apiKeys: [],
  ...JSON.parse(readFileSync(join(home, 'config.json'), 'utf8')),
};

createServer((request, response) => {
  const send = (status, body) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  if (request.url === '/health')
    return send(200, { status: 'ok', version: '1.0.0', authRequired: settings.apiKeys.length > 0 });
  const project = /^\/projects\/([\w-]+)\/files$/.exec(request.url ?? '')?.[1];
  if (project === undefined) return send(404, { error: 'Not found' });
  const directory = join(settings.dataDir, 'projects', project);
  const files = readdirSync(directory).map((name) => ({ name, size: statSync(join(directory, name)).size }));
  return send(200, { files });
}).listen(settings.port);
