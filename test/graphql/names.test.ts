import fc from "fast-check";
import { assertName } from "graphql";
import { expect, it } from "vitest";
import { namesBeside, validName } from "../../src/graphql/names.ts";

it("makes any text a name that GraphQL allows and doesn't keep for itself", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(assertName(validName(text))).not.toMatch(/^__/);
    }),
  );
});

it("leaves a good name as it is", () => {
  expect(validName("last_name")).toBe("last_name");
});

it("takes the first name that is free, and never one twice", () => {
  const names = namesBeside(["Date"]);
  expect(names.take("Date", "DateRecord")).toBe("DateRecord");
  expect(names.take("Date", "DateRecord")).toBe("DateRecord_");
  expect(names.take("User")).toBe("User");
  expect(names.take("User")).toBe("User_");
  expect(names.take("User")).toBe("User__");
});
