import { describe, expect, test } from "vitest";
import { blocksOf } from "./blocks.ts";
import { expectJson, expectLines, tellingLines } from "./like.ts";

describe("what a page shows", () => {
  test("is compared as it stands", () => {
    expect(() => expectJson({ a: [1, "b"] }, '{"a":[1,"b"]}')).not.toThrow();
    expect(() => expectJson({ a: [1, "b"] }, '{"a":[1,"c"]}')).toThrow();
    expect(() => expectJson({ a: 1, b: 2 }, '{"a":1}')).toThrow();
    expect(() => expectLines(["a", "b"], ["a"])).toThrow();
    expect(() => expectLines(["a (b)"], ["a (b)"])).not.toThrow();
  });

  test("leaves open what … stands for, and nothing else", () => {
    expect(() => expectLines(["at 5 ms."], ["at … ms."])).not.toThrow();
    expect(() => expectLines(["at 5 msx"], ["at … ms."])).toThrow();
    expect(() => expectJson({ cursor: "abc" }, '{"cursor":"…"}')).not.toThrow();
    expect(() => expectJson({ cursor: null }, '{"cursor":"…"}')).toThrow();
  });

  test("is found with its line", () => {
    const page = "# a\n\n```sh\nls\n```\n\ntext\n\n```json skip\n{}\n```\n";
    expect(blocksOf(page)).toEqual([
      { language: "sh", text: "ls\n", line: 3 },
      { language: "json", text: "{}\n", line: 9 },
    ]);
    expect(tellingLines(":\n\nevent: next\n:\n")).toEqual(["event: next"]);
  });
});
