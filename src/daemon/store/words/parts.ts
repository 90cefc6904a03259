const identifier = /\p{L}*\p{Ll}\p{Lu}[\p{L}\p{N}]*|\p{Lu}{2,}\p{Ll}[\p{L}\p{N}]*/gu;
const part = /\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{N}+/gu;

/** Gives the parts of the camel-case identifiers in a text: `getUserById` has get, User, By and Id. */
export function identifierParts(text: string): string[] {
  return (text.match(identifier) ?? []).flatMap((word) => word.match(part) ?? []);
}
