import { expect, it } from "vitest";
import { buildEnum } from "../../../src/graphql/types/enum.ts";
import { enumeration } from "../sketch.ts";

it("an enum's symbols keep their names, whatever stands before them, and others get names that are free", () => {
  const symbols = ["true", "__X", "_X", "true_", "A", "__proto__", "constructor", "a"];
  const values = buildEnum(enumeration("x.E", symbols), "E").getValues();
  expect(values.map(({ name, value }) => [value, name])).toEqual([
    ["true", "true__"],
    ["__X", "_X_"],
    ["_X", "_X"],
    ["true_", "true_"],
    ["A", "A"],
    ["__proto__", "_proto__"],
    ["constructor", "constructor"],
    ["a", "a"],
  ]);
});
