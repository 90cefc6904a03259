import { XMLParser } from 'fast-xml-parser';

export type PlistValue = string | number | boolean | PlistValue[] | { [key: string]: PlistValue };

type PlistNode = Record<string, unknown>;

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: false,
  ignoreDeclaration: true,
  processEntities: true,
});

function tagOf(node: PlistNode): string {
  return Object.keys(node).find((key) => key !== ':@') ?? '';
}

function elements(node: PlistNode): PlistNode[] {
  const children = node[tagOf(node)];
  return Array.isArray(children) ? (children as PlistNode[]).filter((child) => tagOf(child) !== '#text') : [];
}

function textOf(node: PlistNode): string {
  const children = node[tagOf(node)];
  return Array.isArray(children)
    ? children.map((child: PlistNode) => String(child['#text'] ?? '')).join('')
    : '';
}

function readValue(node: PlistNode): PlistValue {
  switch (tagOf(node)) {
    case 'true':
      return true;
    case 'false':
      return false;
    case 'integer':
    case 'real':
      return Number(textOf(node));
    case 'array':
      return elements(node).map(readValue);
    case 'dict': {
      const children = elements(node);
      const pairs = children.flatMap((child, at) => {
        const next = children[at + 1];
        return tagOf(child) === 'key' && next !== undefined
          ? [[textOf(child), readValue(next)] as const]
          : [];
      });
      return Object.fromEntries(pairs);
    }
    default:
      return textOf(node);
  }
}

/** Reads an XML property list whose root is a dictionary. Gives `undefined` for anything else. plist(5) */
export function readPlist(text: string): { [key: string]: PlistValue } | undefined {
  let nodes: PlistNode[];
  try {
    nodes = parser.parse(text, true) as PlistNode[];
  } catch {
    return undefined;
  }
  const root = nodes.find((node) => tagOf(node) === 'plist');
  const dict = root === undefined ? undefined : elements(root)[0];
  return dict !== undefined && tagOf(dict) === 'dict'
    ? (readValue(dict) as { [key: string]: PlistValue })
    : undefined;
}

/** Gives a value that is a string, else `undefined`. */
export const stringIn = (value: PlistValue | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;

/** Gives the strings of a value that is an array, else an empty list. */
export function stringsIn(value: PlistValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** Gives the string entries of a value that is a dictionary, else an empty object. */
export function mapIn(value: PlistValue | undefined): Record<string, string> {
  if (typeof value !== 'object' || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) => (typeof one === 'string' ? [[key, one]] : [])),
  );
}
