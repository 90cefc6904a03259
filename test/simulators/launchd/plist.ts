import { XMLParser, XMLValidator } from 'fast-xml-parser';

/** A property list as launchd would see it. Dictionaries keep their order. */
export type PlistValue = string | number | boolean | PlistValue[] | Map<string, PlistValue>;

type Node = Record<string, unknown>;

const parser = new XMLParser({
  preserveOrder: true,
  trimValues: false,
  parseTagValue: false,
  // An object: no names but XML's own five, and character references.
  htmlEntities: {} as unknown as boolean,
  processEntities: {
    enabled: true,
    maxTotalExpansions: Number.MAX_SAFE_INTEGER,
    maxExpandedLength: Number.MAX_SAFE_INTEGER,
  },
});

const fail = (why: string): never => {
  throw new Error(`not a property list: ${why}`);
};

const tagOf = (node: Node): string => Object.keys(node).find((key) => key !== ':@') ?? '';
const childrenOf = (node: Node): Node[] => node[tagOf(node)] as Node[];
const isText = (node: Node): boolean => '#text' in node;
const isBlank = (node: Node): boolean => isText(node) && String(node['#text']).trim() === '';

function elements(nodes: readonly Node[], where: string): Node[] {
  const found = nodes.filter((node) => !isBlank(node));
  if (found.some(isText)) fail(`text in <${where}>`);
  return found;
}

function textOf(node: Node): string {
  const children = childrenOf(node);
  if (!children.every(isText)) fail(`an element in <${tagOf(node)}>`);
  return children.map((child) => String(child['#text'])).join('');
}

function dictionary(nodes: readonly Node[]): Map<string, PlistValue> {
  const found = elements(nodes, 'dict');
  const entries = new Map<string, PlistValue>();
  for (let i = 0; i < found.length; i += 2) {
    const [key, value] = [found[i], found[i + 1]];
    if (key === undefined || tagOf(key) !== 'key' || value === undefined)
      return fail('a dict is not keys and values');
    const name = textOf(key);
    if (entries.has(name)) fail(`two values for ${name}`);
    entries.set(name, read(value));
  }
  return entries;
}

function read(node: Node): PlistValue {
  switch (tagOf(node)) {
    case 'string':
      return textOf(node);
    case 'integer': {
      const text = textOf(node);
      return /^[+-]?\d+$/.test(text) ? Number(text) : fail(`<integer>${text}`);
    }
    case 'true':
    case 'false':
      return childrenOf(node).length === 0 ? tagOf(node) === 'true' : fail('a boolean with content');
    case 'array':
      return elements(childrenOf(node), 'array').map(read);
    case 'dict':
      return dictionary(childrenOf(node));
    default:
      return fail(`<${tagOf(node)}>`);
  }
}

/** Reads an XML property list, strictly: what Apple's parser would not take throws. */
export function readPlist(text: string): PlistValue {
  const valid = XMLValidator.validate(text);
  if (valid !== true) fail(valid.err.msg);
  if (/&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-fA-F]+);)/.test(text)) fail('an unknown entity');
  const nodes = (parser.parse(text) as Node[]).filter((node) => !isBlank(node) && tagOf(node) !== '?xml');
  const [root, ...rest] = nodes;
  if (root === undefined || tagOf(root) !== 'plist' || rest.length > 0)
    return fail('the root is not <plist>');
  const [value, ...more] = elements(childrenOf(root), 'plist');
  if (value === undefined || more.length > 0) return fail('<plist> has not one value');
  return read(value);
}
