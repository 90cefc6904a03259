/** An adapter with nothing but what it must have. */
export const plain = {
  schema: 1,
  name: 'mine',
  title: 'Mine',
  documentation: 'https://example.com',
  commands: [{ argv: ['mine', '{port}'] }],
  probe: { kind: 'tcp' },
};
