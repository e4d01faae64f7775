import { createHash } from "node:crypto";
import pluralize from "pluralize";
import { pascalCase, splitByCase, upperFirst } from "scule";

/** A text in PascalCase; one in capitals only is taken as words, not as initials. */
export function toPascalCase(text: string): string {
  const plain = text.replaceAll(/\W+/g, "-");
  return pascalCase(/[a-z]/.test(plain) ? plain : plain.toLowerCase());
}

/** A name in lower camel case: `UserChanged` → `userChanged`, `URLChanged` → `urlChanged`. */
export function toCamelCase(name: string): string {
  const [first = "", ...rest] = splitByCase(name).filter((part) => part !== "");
  const lowered = first === first.toUpperCase() ? first.toLowerCase() : first.charAt(0).toLowerCase() + first.slice(1);
  return legalName(`${lowered}${pascalCase(rest)}`);
}

/** The aggregate's name by its topic: singular, in PascalCase. */
export function aggregateNameOf(topic: string): string {
  return legalName(pluralize.singular(toPascalCase(topic)));
}

/** The name of an aggregate's list; where the plural is the singular (`news`), `newsList`. */
export function pluralOf(singular: string): string {
  const plural = pluralize.plural(singular);
  return plural === singular ? `${singular}List` : plural;
}

/** A name that GraphQL allows, for a name that has only letters, digits and `_`: `2fa` → `_2fa`, `__x` → `u__x`. */
export function legalName(name: string): string {
  if (name === "") return "_";
  if (/^\d/.test(name)) return `_${name}`;
  return name.startsWith("__") ? `u${name}` : name;
}

/** Field names as GraphQL allows them, still differing from each other. */
export function legalNames(names: readonly string[]): ReadonlyMap<string, string> {
  const kept = new Set(names.filter((name) => legalName(name) === name));
  const legal = names.map((name): [string, string] => {
    let candidate = legalName(name);
    if (candidate !== name) while (kept.has(candidate)) candidate = `u${candidate}`;
    return [name, candidate];
  });
  return new Map(legal);
}

/** A text in PascalCase with its separators spelled out, so that `a.b` and `a-b` differ. */
export function spelledName(text: string): string {
  return legalName(
    text
      .replaceAll(/[^0-9A-Za-z]+/g, (characters) => ` ${spell(characters)} `)
      .split(" ")
      .map(upperFirst)
      .join(""),
  );
}

function spell(characters: string): string {
  return Array.from(characters, (character) => SPELLED[character] ?? "Of").join(" ");
}

const SPELLED: Readonly<Record<string, string>> = { ".": "Dot", "-": "Dash", _: "Underscore" };

/** A text's beginning in PascalCase, with a hash of the text: no two texts alike, nor their plurals or other cases. */
export function hashedName(text: string): string {
  const words = toPascalCase(text).slice(0, MAX_WORDS);
  return `${legalName(words)}_${createHash("sha256").update(text).digest("hex").slice(0, 8)}`;
}

/** In UTF-16 code units. */
const MAX_WORDS = 64;
