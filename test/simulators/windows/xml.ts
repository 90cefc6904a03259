import { XMLParser, XMLValidator } from 'fast-xml-parser';

/** An XML element, in document order. */
export interface Element {
  name: string;
  attributes: Record<string, string>;
  children: Element[];
  text: string;
}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  ignoreDeclaration: true,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  htmlEntities: true,
});

type Raw = Record<string, unknown>;

function elementOf(raw: Raw): Element {
  const name = Object.keys(raw).find((key) => key !== ':@') as string;
  const inner = raw[name] as Raw[];
  const elements = inner.filter((node) => !('#text' in node));
  const text = inner.map((node) => ('#text' in node ? String(node['#text']) : '')).join('');
  return {
    name,
    attributes: (raw[':@'] as Record<string, string> | undefined) ?? {},
    children: elements.map(elementOf),
    text: elements.length === 0 ? text : '',
  };
}

/** Parses strictly; throws what is wrong. */
export function parseXml(source: string): Element {
  const checked = XMLValidator.validate(source);
  if (checked !== true) throw new Error(checked.err.msg);
  const roots = (parser.parse(source) as Raw[]).filter((node) => !('#text' in node));
  if (roots.length !== 1) throw new Error('not one root element');
  return elementOf(roots[0] as Raw);
}

/** The first element at a path of names below `root`. */
export function at(root: Element | undefined, ...path: string[]): Element | undefined {
  return path.reduce<Element | undefined>(
    (element, name) => element?.children.find((one) => one.name === name),
    root,
  );
}

/** The text at a path; undefined when there is no such element. */
export function textAt(root: Element | undefined, ...path: string[]): string | undefined {
  return at(root, ...path)?.text;
}

const escapeText = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Prints as Task Scheduler does: two spaces, quotes in texts literal. */
export function printXml(element: Element, indent = ''): string {
  const attributes = Object.entries(element.attributes).map(
    ([name, value]) => ` ${name}="${escapeText(value)}"`,
  );
  const open = `${indent}<${element.name}${attributes.join('')}`;
  if (element.children.length > 0) {
    const inner = element.children.map((child) => printXml(child, `${indent}  `)).join('\r\n');
    return `${open}>\r\n${inner}\r\n${indent}</${element.name}>`;
  }
  return element.text === '' ? `${open} />` : `${open}>${escapeText(element.text)}</${element.name}>`;
}
