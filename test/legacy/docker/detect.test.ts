import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detectContainers, readContainers } from '../../../src/legacy/docker/detect.ts';
import { lookout } from '../detection-context.ts';

test('containers are told with the commands that stop them, by their exact names or their images’', () => {
  const line = (name: string, image = 'node:22') =>
    JSON.stringify({
      Names: name,
      Image: image,
      State: 'running',
      Ports: '127.0.0.1:3900->3847/tcp',
      Mounts: '/home/bob/.mneme-server',
    });
  const found = detectContainers(
    readContainers(
      `${line('mneme-server')}\n${line('mneme-server-2')}\nWARNING: x\n${line('a-mneme-1', 'ghcr.io/somebody/mneme-server:1.2')}\n`,
    ),
    lookout,
  );
  assert.deepEqual(
    found.map(({ name, port, dataPath }) => [name, port, dataPath]),
    [
      ['mneme-server', 3900, '/home/bob/.mneme-server'],
      ['a-mneme-1', 3900, '/home/bob/.mneme-server'],
    ],
  );
  assert.deepEqual(found[0]?.handling.kind === 'report' && found[0].handling.commands[0], [
    'docker',
    'stop',
    'mneme-server',
  ]);
});
