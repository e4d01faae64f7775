import { describe, expect, it } from "vitest";
import { catalogOf } from "./support/catalog-of.ts";

const ACCOUNT = { type: "record", name: "AccountChanged", fields: [{ name: "name", type: "string" }] };

/** The catalog of a topic `user` whose one field has a type and hints, beside a topic `account`. */
function referencing(type: unknown, hints: object = {}, topics?: readonly string[]): ReturnType<typeof catalogOf> {
  const field = { name: "f", type, eventql: { references: "Account", ...hints } };
  const user = { type: "record", name: "UserChanged", fields: [field] };
  return catalogOf(
    [
      ["user-value", user],
      ["account-value", ACCOUNT],
    ],
    {},
    topics,
  );
}

const UUID = { type: "string", logicalType: "uuid" };

describe("a column that references", () => {
  it.each<[string, unknown, object?]>([
    ["a string", "string"],
    ["a string or null", ["null", "string"]],
    ["a UUID", UUID],
    ["an int", "int"],
    ["a long", "long"],
    ["a list of strings", { type: "array", items: "string" }],
    ["a list of longs, or nulls", { type: "array", items: ["null", "long"] }],
    ["what is appended to a list", "long", { effect: "append" }],
  ])("may be %s", async (_what, type, hints) => {
    const { aggregates } = await referencing(type, hints);
    expect(aggregates.find(({ name }) => name === "User")?.columns).toMatchObject([
      { name: "f", references: "Account" },
    ]);
  });

  it.each<[string, unknown, object, string]>([
    ["a double", "double", {}, "a reference can't be double. It is one of string, uuid, int, long, or a list of them."],
    ["a boolean", "boolean", {}, "a reference can't be boolean."],
    ["a time", { type: "long", logicalType: "timestamp-millis" }, {}, "a reference can't be timestamp-millis."],
    ["bytes", "bytes", {}, "a reference can't be bytes."],
    ["a map", { type: "map", values: "string" }, {}, "a reference can't be a map of string."],
    ["a record", { type: "record", name: "R", fields: [] }, {}, "a reference can't be record R."],
    ["a union", ["string", "long"], {}, "a reference can't be a union of string, long."],
    [
      "a list of lists",
      { type: "array", items: { type: "array", items: "string" } },
      {},
      "a list of a list of string.",
    ],
    ["a sum", "long", { effect: "add" }, "calculated by the effect add. Leave out one of the two hints."],
    ["the key", "string", { key: true }, "the key itself references an aggregate, but it is no column. Reference it"],
  ])("can't be %s", async (_what, type, hints, message) => {
    await expect(referencing(type, hints)).rejects.toMatchObject({
      code: "CATALOG_INVALID",
      message: expect.stringContaining(message),
    });
  });

  it("may reference what isn't served, and nothing that isn't there", async () => {
    const { aggregates } = await referencing("string", {}, ["user"]);
    expect(aggregates).toMatchObject([{ name: "User", columns: [{ references: "Account" }] }]);
    await expect(referencing("string", { references: "Acount" }, ["user"])).rejects.toThrow(
      "user-value, field f: it references Acount, which is no aggregate. Did you mean Account?",
    );
  });
});
