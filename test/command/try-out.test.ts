import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RuleCommand, Trial } from "../../src/command/commands.ts";
import { tryOut } from "../../src/command/try-out.ts";
import { hashOf } from "../../src/model/content-hash.ts";
import { type Decider, event } from "../../src/model/decider.ts";
import type { Value } from "../../src/model/value.ts";
import { type Stores, type Values, openStores, openValues, valueDecider } from "./support/values.ts";

const META = { partition: 1, offset: 41, type: "calculator.ValueCreated", created: new Date(1), updated: new Date(2) };
let stores: Stores;
let values: Values;

beforeEach(async () => {
  stores = await openStores();
  values = await openValues();
  const checkpoint = { projection: "p", topic: "values", partition: 1, next: 0, generation: 1, partitions: 2 };
  await stores.readModel.openCheckpoint(checkpoint);
  const inserts = [{ _id: "a", value: 5, _meta: META }];
  const writes = [{ collection: values.aggregate.collection, inserts, replacements: [], deletions: [] }];
  await stores.readModel.commit({ checkpoint: { ...checkpoint, next: 42 }, from: 0, writes });
});

afterEach(async () => {
  await stores.close();
});

async function attempt(
  name: string,
  payload: Record<string, Value>,
  more: Partial<Pick<RuleCommand, "id" | "ifVersion" | "commandId">> = {},
): Promise<Trial> {
  const { aggregate, command, codec } = values;
  const request: RuleCommand = { kind: "command", aggregate, commandType: command(name), payload, ...more };
  return await tryOut(request, { codec, readModel: stores.readModel });
}

async function ruledBy(change: Decider["decide"][string], evolve?: Decider["evolve"]): Promise<void> {
  values = await openValues(
    valueDecider({ decide: { CreateValue: () => [], ChangeValue: change }, ...(evolve && { evolve }) }),
  );
}

describe("trying a command out", () => {
  test("tells the events, and the document that they would lead to", async () => {
    expect(await attempt("ChangeValue", { value: 3 }, { id: "a" })).toMatchObject({
      id: "a",
      version: 41,
      decision: [{ type: "ValueAdded", payload: { by: 3 } }],
      document: { _id: "a", value: 8, _meta: { partition: 1, created: META.created } },
    });
  });

  test("appends nothing, and changes nothing", async () => {
    await attempt("ChangeValue", { value: 3 }, { id: "a" });
    const [document] = await stores.readModel.find("values", { filter: { _id: "a" } });
    expect(document).toEqual({ _id: "a", value: 5, _meta: META });
    expect((await stores.log.offsets("values.commands")).map(({ high }) => high)).toEqual([0, 0]);
  });

  test("knows what isn't there, fills in the defaults of the command's schema, and makes an id", async () => {
    const trial = await attempt("CreateValue", {}, { commandId: "c" });
    expect(trial).toMatchObject({ version: undefined, decision: [{ type: "ValueCreated", payload: { value: 0 } }] });
    expect(trial.document).toMatchObject({ _id: trial.id, value: 0 });
    expect((await attempt("CreateValue", {}, { commandId: "c" })).id).toBe(trial.id);
  });

  test("folds one event after another", async () => {
    await ruledBy(() => [event("ValueAdded", { by: 1 }), event("ValueAdded", { by: 2 })]);
    expect((await attempt("ChangeValue", { value: 0 }, { id: "a" })).document).toMatchObject({ value: 8 });
  });

  test("of nothing to do leaves the document as it is", async () => {
    await ruledBy(() => []);
    const trial = await attempt("ChangeValue", { value: 0 }, { id: "a" });
    expect([trial.decision, trial.document]).toEqual([[], { _id: "a", value: 5, _meta: META }]);
  });

  test("tells of events that would be dropped as of any other, whatever the newest one says", async () => {
    const { aggregate, codec, eventType } = values;
    const { owned } = aggregate;
    if (owned === undefined) throw new TypeError("values are not owned");
    values = { ...values, aggregate: { ...aggregate, owned: { ...owned, deduplicates: true } } };
    const type = eventType("ValueAdded");
    const hash = hashOf(type.fullName, codec.encode(type, { by: 3 }));
    const checkpoint = { projection: "p", topic: "values", partition: 1, next: 43, generation: 1, partitions: 2 };
    const inserts = [{ _id: "b", value: 5, _meta: { ...META, offset: 42, hash } }];
    const writes = [{ collection: aggregate.collection, inserts, replacements: [], deletions: [] }];
    await stores.readModel.commit({ checkpoint, from: 42, writes });
    expect(await attempt("ChangeValue", { value: 3 }, { id: "b" })).toMatchObject({
      decision: [{ type: "ValueAdded", payload: { by: 3 } }],
      document: { value: 5 },
    });
    expect(await attempt("ChangeValue", { value: 4 }, { id: "b" })).toMatchObject({
      decision: [{ type: "ValueAdded", payload: { by: 4 } }],
      document: { value: 9 },
    });
  });

  test("gives the rule what it will be given", async () => {
    const given: unknown[] = [];
    await ruledBy((state, payload, context) => {
      given.push(state, payload, { ...context, now: context.now instanceof Date });
      return [];
    });
    await attempt("ChangeValue", { value: 3 }, { id: "a", commandId: "c" });
    expect(given).toEqual([{ value: 5 }, { value: 3 }, { id: "a", version: 41, commandId: "c", now: true }]);
  });
});

describe("a trial is refused", () => {
  test("as its rule says", async () => {
    const trial = await attempt("CreateValue", {}, { id: "a" });
    expect(trial).toMatchObject({ decision: { rejected: "ALREADY_EXISTS" }, document: { value: 5 }, version: 41 });
  });

  test.each([
    ["a", 40, true],
    ["a", 41, false],
    ["a", "EXISTS", false],
    ["a", "NO_STREAM", true],
    ["none", "NO_STREAM", false],
    ["none", "EXISTS", true],
  ] as const)("where %s should have version %s: %s", async (id, ifVersion, isRefused) => {
    const { decision } = await attempt("ChangeValue", { value: 1 }, { id, ifVersion });
    expect("rejected" in decision && decision.rejected === "VERSION_CONFLICT").toBe(isRefused);
  });

  test("where the rule, or the fold, has a bug", async () => {
    const failed = expect.objectContaining({ code: "RULE_FAILED", message: expect.not.stringContaining("secret") });
    await ruledBy(() => {
      throw new TypeError("secret");
    });
    await expect(attempt("ChangeValue", { value: 1 }, { id: "a" })).rejects.toEqual(failed);
    for (const wrong of [event("Other", {}), event("ValueAdded", {}), event("ValueAdded", { by: "secret" })]) {
      await ruledBy(() => [wrong]);
      await expect(attempt("ChangeValue", { value: 1 }, { id: "a" })).rejects.toEqual(failed);
    }
    const evolve: Decider["evolve"] = {
      ValueCreated: (state) => state,
      ValueAdded: () => {
        throw new TypeError("secret");
      },
    };
    await ruledBy(() => [event("ValueAdded", { by: 1 })], evolve);
    await expect(attempt("ChangeValue", { value: 1 }, { id: "a" })).rejects.toEqual(failed);
  });

  test("where it doesn't fit its schema, its id is none, or the topic is open", async () => {
    await expect(attempt("ChangeValue", {}, { id: "a" })).rejects.toMatchObject({ code: "EVENT_INVALID" });
    await expect(attempt("ChangeValue", { value: 1 }, { id: "" })).rejects.toMatchObject({ code: "KEY_INVALID" });
    const { owned: _owned, ...aggregate } = values.aggregate;
    values = { ...values, aggregate };
    await expect(attempt("ChangeValue", { value: 1 }, { id: "a" })).rejects.toMatchObject({ code: "NOT_OWNED" });
  });
});
