import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { startTestDaemon } from '../../support/daemon.ts';
import { call, connect, eras } from './official-client.ts';

type Client = Awaited<ReturnType<typeof connect>>;

async function read(client: Client, uri: string) {
  const [content] = (await client.readResource({ uri })).contents;
  assert.ok(content !== undefined && 'text' in content);
  assert.equal(content.mimeType, 'application/json');
  return JSON.parse(content.text);
}

async function promptText(client: Client, name: string, args: Record<string, string>): Promise<string> {
  const [message] = (await client.getPrompt({ name, arguments: args })).messages;
  assert.ok(message?.content.type === 'text');
  return message.content.text;
}

for (const [name, mode] of eras) {
  test(`${name}: resources, prompts and completions are listed and create nothing`, async (t) => {
    const running = await startTestDaemon(t);
    const client = await connect(t, running, mode);
    assert.match(client.getInstructions() ?? '', /search_memories.*store_memory/s);
    const { resources } = await client.listResources();
    assert.deepEqual(
      resources.map(({ uri }) => uri),
      ['memory://recent', 'memory://stats', 'memory://projects', 'memory://tags'],
    );
    const { resourceTemplates } = await client.listResourceTemplates();
    assert.deepEqual(
      resourceTemplates.map(({ uriTemplate }) => uriTemplate),
      ['memory://memories/{id}', 'memory://projects/{project}', 'memory://tags/{tag}'],
    );
    const { prompts } = await client.listPrompts();
    assert.deepEqual(
      prompts.map((prompt) => [prompt.name, prompt.arguments?.map((argument) => argument.name)]),
      [
        ['load_context', ['project', 'topic']],
        ['remember_session', ['project']],
      ],
    );
    assert.deepEqual(await read(client, 'memory://recent'), []);
    assert.equal((await read(client, 'memory://stats')).memories, 0);
    assert.match(await promptText(client, 'load_context', {}), /nothing about this yet/);
    await assert.rejects(client.readResource({ uri: 'memory://memories/none' }));
    await assert.rejects(client.readResource({ uri: 'memory://memories/%' }));
    assert.equal(existsSync(running.dataDir), false);
  });

  test(`${name}: resources, prompts and completions give what is stored`, async (t) => {
    const running = await startTestDaemon(t);
    const client = await connect(t, running, mode);
    const { memory } = await call(client, 'store_memory', {
      ...{ content: 'The parser is generated, do not edit it', title: 'Parser' },
      ...{ project: 'Acme/web site', tags: ['Build'] },
    });
    await call(client, 'store_memory', { content: 'The user prefers short answers' });
    const { resources } = await client.listResources();
    const project = resources.find((resource) => resource.name === 'Acme/web site');
    assert.equal(project?.uri, 'memory://projects/Acme%2Fweb%20site');
    assert.deepEqual(
      (await read(client, project.uri)).map(({ id }: { id: string }) => id),
      [memory.id],
    );
    assert.deepEqual(await read(client, `memory://memories/${memory.id}`), memory);
    assert.equal((await read(client, 'memory://tags/build'))[0].id, memory.id);
    assert.equal((await read(client, 'memory://recent')).length, 2);

    const complete = async (ref: object, argument: string, value: string) =>
      (await client.complete({ ref: ref as never, argument: { name: argument, value } })).completion.values;
    const template = (uri: string) => ({ type: 'ref/resource', uri });
    assert.deepEqual(await complete(template('memory://projects/{project}'), 'project', 'ac'), [
      'Acme/web site',
    ]);
    assert.deepEqual(await complete(template('memory://tags/{tag}'), 'tag', 'BU'), ['build']);
    const prompt = { type: 'ref/prompt', name: 'load_context' };
    assert.deepEqual(await complete(prompt, 'project', 'acme'), ['Acme/web site']);
    assert.deepEqual(await complete(prompt, 'project', 'x'), []);

    const context = await promptText(client, 'load_context', {
      project: 'acme/WEB SITE',
      topic: 'editing parsers',
    });
    assert.match(
      context,
      /About editing parsers:\n- .*Parser: The parser is generated.*\nNewest:\n- .*short answers/s,
    );
    assert.match(await promptText(client, 'remember_session', { project: 'acme' }), /The project is acme\./);
  });
}
