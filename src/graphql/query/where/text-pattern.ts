import { memoized } from "../../memo.ts";

/** How texts are compared. */
export type TextMode = "SENSITIVE" | "INSENSITIVE";

/** The end of a text: `$` would also match before a last line feed. */
export const TEXT_END: string = String.raw`(?![\s\S])`;

/**
 * The most text, in UTF-16 code units, that one expression is made of: MongoDB 6 compiles a letter in any case to some
 * 45 bytes, and takes expressions of 64 KiB.
 */
const MAX_TEXT = 1_000;

/**
 * A regular expression that matches a text and nothing else, wherever it stands. Without regard to case each letter
 * stands beside those that are one with it by Unicode's simple case folding: the expression then means the same to
 * MongoDB and here, whatever version of Unicode each knows.
 */
export function textPattern(text: string, mode: TextMode): string {
  return mode === "SENSITIVE" ? escaped(text) : Array.from(text, (letter) => anyCase(letter)).join("");
}

/** Regular expressions of which one matches where a text is one of these; as few as are short enough. */
export function wholeTextPatterns(texts: readonly string[], mode: TextMode): readonly string[] {
  const groups: string[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const text of texts) {
    length += text.length + 1;
    if (length > MAX_TEXT) {
      groups.push([]);
      length = text.length;
    }
    groups.at(-1)?.push(textPattern(text, mode));
  }
  return groups.map((patterns) => `^(?:${patterns.join("|")})${TEXT_END}`);
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`).replaceAll("\0", String.raw`\x00`);
}

/** Letters beyond U+FFFF are two units to a regular expression without the flag `u`, so that a class can't hold them. */
function anyCase(letter: string): string {
  cased ??= casedLetters();
  const similar = cased.get(roughFold(letter));
  if (similar === undefined || !similar.includes(letter)) return escaped(letter);
  return memoized(patterns, letter, () => {
    const same = new RegExp(`^${letter}$`, "iu");
    const cases = similar.filter((other) => same.test(other));
    return letter.length === 1 ? `[${cases.join("")}]` : `(?:${cases.join("|")})`;
  });
}

/** By letters that have cases. */
const patterns = new Map<string, string>();
let cased: ReadonlyMap<string, readonly string[]> | undefined;

/** All letters that have cases, by {@link roughFold}. */
function casedLetters(): ReadonlyMap<string, readonly string[]> {
  const letters = new Map<string, string[]>();
  const hasCases = /\p{Changes_When_Casemapped}/u;
  for (let code = 0; code <= LAST_CASED; code += 1) {
    const letter = String.fromCodePoint(code);
    if (hasCases.test(letter)) memoized(letters, roughFold(letter), () => []).push(letter);
  }
  return letters;
}

/** The same for all letters that are one by simple case folding, and perhaps for some more. */
function roughFold(letter: string): string {
  const upper = letter.toUpperCase();
  const single = Array.from(upper).length === 1 ? upper : letter;
  const lower = single.toLowerCase();
  return Array.from(lower).length === 1 ? lower : single;
}

/** The end of the plane that holds the last script with cases. */
const LAST_CASED = 0x1ffff;
