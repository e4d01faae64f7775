import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { errorCodes, EventQLError } from "../src/errors.ts";

interface Section {
  readonly code: string;
  readonly text: string;
}

const PARTS = ["**Retriable:** ", "**When:** ", "**Remedy:** "];

const [, ...sections] = readFileSync("docs/errors.md", "utf8").split(/^## /m);
const documented = sections.map((section): Section => {
  const [code = "", ...lines] = section.split("\n");
  return { code: code.trim(), text: lines.join("\n") };
});

describe("docs/errors.md", () => {
  it("has a section for each code, and none for anything else", () => {
    expect(documented.map(({ code }) => code).toSorted()).toEqual(errorCodes.toSorted());
  });

  it("is in alphabetical order", () => {
    expect(documented.map(({ code }) => code)).toEqual(documented.map(({ code }) => code).toSorted());
  });

  it.each(errorCodes)("says of %s what it means, when it comes, whether it's retriable, and the remedy", (code) => {
    const text = documented.find((section) => section.code === code)?.text ?? "";
    const [meaning = ""] = text.trim().split("\n");
    expect(meaning).toMatch(/^[A-Z].{10,}\.$/);
    for (const part of PARTS) expect(text).toContain(part);
    expect(/\*\*Retriable:\*\* (yes|no)$/m.exec(text)?.[1]).toBe(new EventQLError(code, "").retriable ? "yes" : "no");
  });
});

describe("src/errors.ts", () => {
  it("lists the codes in alphabetical order", () => {
    expect(errorCodes).toEqual(errorCodes.toSorted());
  });
});
