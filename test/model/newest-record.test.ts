import { expect, it } from "vitest";
import { idOf, newestAfter } from "../../src/model/newest-record.ts";

const named = (id: string): { headers: Record<string, string> } => ({ headers: { ce_id: id } });
const nameless = { headers: {} };

it.each([
  ["the last id of a batch", {}, [named("a"), named("b")], { newest: "b" }],
  ["and how many follow it that have none", {}, [named("a"), nameless, nameless], { newest: "a", unnamed: 2 }],
  ["those of the next batch too", { newest: "a", unnamed: 2 }, [nameless], { newest: "a", unnamed: 3 }],
  ["until there is one with an id", { newest: "a", unnamed: 2 }, [nameless, named("b")], { newest: "b" }],
  ["what there was, where a batch is empty", { newest: "a", unnamed: 2 }, [], { newest: "a", unnamed: 2 }],
  ["nothing but a count where there never was one", {}, [nameless, named("")], { unnamed: 2 }],
])("a checkpoint keeps %s", (_what, before, records, expected) => {
  expect(newestAfter(before, records)).toStrictEqual(expected);
});

it("an id may stand in another header", () => {
  const record = { headers: { ce_id: "a", "message-id": "b" } };
  expect([idOf(record, "message-id"), idOf(record, "ce_id"), idOf(record, "id")]).toStrictEqual(["b", "a", undefined]);
  expect(newestAfter({}, [record], "message-id")).toStrictEqual({ newest: "b" });
});
