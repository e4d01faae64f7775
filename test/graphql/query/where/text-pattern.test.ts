import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { textPattern, wholeTextPatterns } from "../../../../src/graphql/query/where/text-pattern.ts";

const wellFormed = fc.string({ unit: "binary", maxLength: 8 }).filter((text) => text.isWellFormed());

describe("a pattern without regard to case", () => {
  it.each([
    ["a", "[Aa]"],
    ["é", "[Éé]"],
    ["s", "[Ssſ]"],
    ["ß", "[ßẞ]"],
    ["ς", "[Σςσ]"],
    ["𐐀", "(?:𐐀|𐐨)"],
    ["1.", String.raw`1\.`],
  ])("lists the cases of %s", (letter, pattern) => {
    expect(textPattern(letter, "INSENSITIVE")).toBe(pattern);
  });

  it.each([
    ["İ", "i"],
    ["ı", "i"],
    ["ı", "I"],
    ["ß", "ss"],
    ["é", "e"],
  ])("keeps %s apart from %s", (a, b) => {
    expect(new RegExp(`^(?:${textPattern(a, "INSENSITIVE")})$`).test(b)).toBe(false);
  });

  it("matches a text in upper and in lower case wherever each letter stays one", () => {
    fc.assert(
      fc.property(wellFormed, (text) => {
        const [whole = ""] = wholeTextPatterns([text], "INSENSITIVE");
        expect(new RegExp(whole).test(text)).toBe(true);
        const folds = (other: string) => new RegExp(`^(?:${textPattern(text, "SENSITIVE")})$`, "iu").test(other);
        for (const other of [text.toUpperCase(), text.toLowerCase()])
          expect(new RegExp(whole).test(other)).toBe(folds(other));
      }),
      { numRuns: 500 },
    );
  });
});

describe("patterns of several texts", () => {
  it("are one expression while they are short, and match nothing else", () => {
    expect(wholeTextPatterns(["a", "b|c"], "SENSITIVE")).toEqual([String.raw`^(?:a|b\|c)(?![\s\S])`]);
    expect(wholeTextPatterns([], "INSENSITIVE")).toEqual([]);
  });

  it("are several where they are long", () => {
    expect(wholeTextPatterns(["a".repeat(600), "b".repeat(600), "c"], "SENSITIVE")).toHaveLength(2);
  });
});
