import { describe, expect, it } from "vitest";
import type { DecidedEvents } from "../../../src/history/decided-events.ts";
import { codes, dataOf } from "../harness.ts";
import { calculator } from "../owned-catalogs.ts";
import { event as logged } from "../subscription/items.ts";
import { CREATE, CREATED, SHOWN, openOwned as open } from "./owned-harness.ts";

/** The log of one topic. */
const log: DecidedEvents = {
  read: async (_topic, at) => ({
    events: at.map(({ partition, offset }) => {
      const item = logged(calculator, "ValueCreated", "a", { value: 2, secret: "hidden" });
      return { ...item, record: { ...item.record, topic: "values", partition, offset } };
    }),
    positions: [3, 9],
  }),
};

describe("the events of a command", () => {
  it("are shown as histories show them, and read only where they are asked for", async () => {
    const reads: unknown[] = [];
    const decidedEvents: DecidedEvents = { read: (...asked) => (reads.push(asked), log.read(...asked)) };
    const api = await open({ decidedEvents });
    api.commands.decide = () => ({ id: "a", events: [CREATED] });
    await api.run(CREATE, { variables: { wait: "DECIDED" } });
    expect(reads).toEqual([]);
    expect(dataOf(await api.run(SHOWN, { variables: { wait: "DECIDED" } }))).toEqual({
      createValue: {
        status: "DECIDED",
        events: [{ __typename: "ValueCreated", id: "a", value: 2, _meta: { offset: "7", cursor: expect.any(String) } }],
      },
    });
    expect(reads).toEqual([["values", [CREATED]]]);
  });

  it("are none where it was refused, and null while that isn't known", async () => {
    const api = await open();
    expect(dataOf(await api.run(SHOWN, { variables: { wait: "NONE" } }))).toMatchObject({
      createValue: { events: null },
    });
    api.commands.decide = () => ({ status: "REJECTED", rejection: { code: "NO", message: "No." } });
    expect(dataOf(await api.run(SHOWN))).toMatchObject({ createValue: { events: [] } });
  });

  it("are not for who may send the command but not read", async () => {
    const api = await open({
      decidedEvents: log,
      authorize: (_context, action) => (action === "append" ? { allow: true } : { allow: false, reason: "no" }),
    });
    api.commands.decide = () => ({ id: "a", events: [CREATED] });
    const result = await api.run(SHOWN);
    expect(result.data).toMatchObject({ createValue: { status: "PROJECTED", events: null } });
    expect(codes(result)).toEqual(["FORBIDDEN"]);
  });

  it.each([
    [{ _id: "b" }, { events: null }, []],
    [{ _id: { $in: ["a", "b"] } }, { events: [{ value: 2 }] }, []],
    [{ value: 2 }, { events: null }, ["FORBIDDEN"]],
  ] as const)("hold to the rows that may be seen: %j", async (filter, createValue, expected) => {
    const api = await open({ decidedEvents: log, authorize: () => ({ allow: true, filter }) });
    api.commands.decide = () => ({ id: "a", events: [CREATED] });
    const result = await api.run(SHOWN, { variables: { wait: "DECIDED" } });
    expect(result.data).toMatchObject({ createValue });
    expect(codes(result)).toEqual(expected);
  });

  it("hold to the columns that may be seen", async () => {
    const api = await open({ decidedEvents: log, authorize: () => ({ allow: true, columns: new Set() }) });
    api.commands.decide = () => ({ id: "a", events: [CREATED] });
    expect(codes(await api.run(SHOWN, { variables: { wait: "DECIDED" } }))).toEqual(["FORBIDDEN"]);
  });
});
