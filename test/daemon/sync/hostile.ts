import fc from 'fast-check';
import { syncFileNames } from '../../../src/service/sync-protocol.ts';

const piece = fc.oneof(
  fc.constantFrom(
    '..',
    '.',
    '%2e%2e',
    '%2F',
    '%5c',
    '%00',
    '%',
    '%zz',
    '%ff',
    '%E0%A4%A',
    '/',
    '//',
    '\\',
    'a',
    'A',
    '_',
    'demo',
    'CON',
    'nul.txt',
    '~',
    '%25',
    '?',
    '#',
    ';',
    '😀',
    'é',
  ),
  fc.constantFrom(...syncFileNames, '.lock.json', '.project.json', 'etc/passwd', 'secret'),
  fc.string({ maxLength: 6 }),
);
export const segment = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
// Encoded, so that it gets past Node's parser and reaches ours.
export const encoded = segment.map((text) => encodeURIComponent(text.toWellFormed()));
export const target = fc.oneof(
  fc
    .tuple(segment, fc.constantFrom('lock', 'lock/heartbeat', 'files'))
    .map(([id, rest]) => `/projects/${id}/${rest}`),
  fc
    .tuple(fc.oneof(segment, encoded, encoded), fc.oneof(segment, encoded, fc.constantFrom(...syncFileNames)))
    .map(([id, name]) => `/projects/${id}/files/${name}`),
  segment.map((rest) => `/projects/${rest}`),
);
export const method = fc.oneof(
  fc.constantFrom('GET', 'POST', 'PUT'),
  fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'get', 'BREW'),
);
export const headerValue = fc.oneof(
  fc.constantFrom(
    'c',
    'client',
    '../x',
    'a b',
    '"',
    '{}',
    'é',
    'x'.repeat(257),
    'y'.repeat(15_000),
    'z'.repeat(70_000),
  ),
  fc.string({ maxLength: 30 }),
);
export const body = fc.oneof(
  fc.constantFrom('', '{}', '{"content":"fuzz"}', '{"content":1}', '\0\0', 'fuzz'),
  fc.string({ maxLength: 50 }),
);
