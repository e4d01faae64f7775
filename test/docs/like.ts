import { expect } from "vitest";

/** Stands in a page for what differs from run to run: a cursor, a time. */
const ANYTHING = "…";

/** What a text of a page stands for: itself, or whatever it leaves open. */
function textLike(text: string): unknown {
  if (!text.includes(ANYTHING)) return text;
  const parts = text.split(ANYTHING).map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`));
  return expect.stringMatching(new RegExp(`^${parts.join(".*")}$`, "s"));
}

/** The same for JSON. */
export function jsonLike(json: unknown): unknown {
  if (typeof json === "string") return textLike(json);
  if (Array.isArray(json)) return json.map(jsonLike);
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, jsonLike(value)]));
}

/** @throws where the JSON isn't what the page shows. */
export function expectJson(actual: unknown, shown: string): void {
  expect(actual).toEqual(jsonLike(JSON.parse(shown)));
}

/** The same for lines of text. */
export function expectLines(actual: readonly string[], shown: readonly string[]): void {
  expect(actual).toEqual(shown.map(textLike));
}

/** The lines that say something: neither empty ones nor an event stream's comments, which keep it alive. */
export function tellingLines(text: string): readonly string[] {
  return text
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "" && line !== ":");
}
