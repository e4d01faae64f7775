import { v5 as uuidv5 } from "uuid";
import { describe, expect, it } from "vitest";
import type { EventCodec } from "../../src/catalog/codec.ts";
import { EventQLError } from "../../src/errors.ts";
import { type Emit, type EmitSource, compileEmit } from "../../src/fold/emit.ts";
import { event, reject } from "../../src/model/decider.ts";
import type { Branch } from "../../src/model/projection.ts";
import { PassedEvent } from "../../src/model/transition.ts";
import { eventTypeOf } from "../support/event-types.ts";

const grown = eventTypeOf("Grown", [{ name: "by", type: { kind: "string" } }]);

const codec: Pick<EventCodec, "encode"> = {
  encode(_type, { by }) {
    if (typeof by !== "string") throw new EventQLError("EVENT_INVALID", "by: expected a string");
    return Buffer.from(by);
  },
};

const from: EmitSource = {
  context: {
    id: "e1",
    topic: "in",
    partition: 2,
    offset: 7,
    key: "k",
    time: new Date("2024-05-06T07:08:09.010Z"),
    headers: { ce_id: "e1", traceparent: "00-1", mine: "x" },
  },
  key: "k",
  offset: 7,
  value: Buffer.from("bytes of the event"),
};

function emitTo(...emits: readonly Branch[]): Emit {
  const emit = compileEmit({ name: "Totals", emits }, { codec, typesOf: (topic) => (topic === "out" ? [grown] : []) });
  if (emit === undefined) throw new TypeError("it writes nothing");
  return emit;
}

describe("events that rules write", () => {
  it("are encoded for the topic that wants them, with CloudEvents' headers, as of when their cause happened", () => {
    const [first, second, ...others] = emitTo({ topic: "out", test: ({ key }) => key !== "nobody" })(
      [
        event("Grown", { by: "a" }),
        { ...event("Grown", { by: "b" }), key: "x" },
        { ...event("Grown", { by: "c" }), key: "nobody" },
      ],
      from,
    );
    expect(others).toEqual([]);
    expect(first).toEqual({
      topic: "out",
      key: "k",
      value: Buffer.from("a"),
      offset: 7,
      headers: {
        ce_specversion: "1.0",
        ce_id: uuidv5("Totals\0k\0e1\x000", "3a0f7c9e-5d0b-4d51-9f0c-6c1e5b0d7a42"),
        ce_type: grown.fullName,
        ce_source: "/eventql/Totals",
        ce_time: "2024-05-06T07:08:09.010Z",
        traceparent: "00-1",
      },
    });
    expect(second).toMatchObject({ key: "x", value: Buffer.from("b") });
    for (const key of ["ключ", "k".repeat(2_000)]) {
      const [written] = emitTo({ topic: "out" })([event("Grown", { by: "a" })], { ...from, key });
      const name = ["Totals", key, "e1", "0"].join("\0");
      expect(written?.headers["ce_id"]).toBe(uuidv5(name, "3a0f7c9e-5d0b-4d51-9f0c-6c1e5b0d7a42"));
    }
  });

  it("have the same ids whenever they are made again, and others than all else", () => {
    const idsOf = (source: EmitSource, name = "Totals"): readonly (string | undefined)[] => {
      const emit = compileEmit({ name, emits: [{ topic: "out" }] }, { codec, typesOf: () => [grown] });
      const events = [event("Grown", { by: "a" }), event("Grown", { by: "a" })];
      return emit?.(events, source).map(({ headers }) => headers["ce_id"]) ?? [];
    };
    expect(idsOf(from)).toEqual(idsOf({ ...from, offset: 9 }));
    const others = [from, { ...from, key: "l" }, { ...from, context: { ...from.context, id: "e2" } }].flatMap(
      (each) => [...idsOf(each)],
    );
    expect(new Set([...others, ...idsOf(from, "Others")]).size).toBe(8);
  });

  it("may be the event that the rule was given: its bytes and headers, and why it was rejected", () => {
    const emit = emitTo(
      { topic: "valid", test: (each) => !(each instanceof PassedEvent && each.rejection !== undefined) },
      { topic: "invalid" },
    );
    const passed = { value: from.value, key: "k", offset: 7 };
    expect(emit([new PassedEvent("Placed", {})], from)).toEqual([
      { ...passed, topic: "valid", headers: { ce_id: "e1", traceparent: "00-1", mine: "x" } },
    ]);
    const [rejected] = emit([new PassedEvent("Placed", {}, reject("NO", "It is not."))], from);
    expect(rejected).toMatchObject({
      topic: "invalid",
      headers: { ce_id: "e1", eventql_rejected: "NO", eventql_rejected_message: "It is not." },
    });
  });

  it.each([
    [
      "an unknown type",
      event("Shrunk", {}),
      "EVENT_INVALID",
      "wrote Shrunk, which is no event type of topic out: it has Grown",
    ],
    [
      "a payload that doesn't fit",
      event("Grown", {}),
      "EVENT_INVALID",
      "wrote an event that is wrong: by: expected a string",
    ],
    [
      "one that no topic takes",
      event("Grown", { by: "x".repeat(1_100_000) }),
      "EVENT_TOO_LARGE",
      "to out, more than 1048588 bytes",
    ],
  ])("are refused: %s", (_what, wrong, code, message) => {
    const emit = emitTo({ topic: "out" });
    const failure = expect.objectContaining({ code, message: expect.stringContaining(message) });
    expect(() => emit([event("Grown", { by: "a" }), wrong], from)).toThrow(failure);
  });

  it("are refused where they are too many for one transaction", () => {
    const many = Array.from({ length: 5 }, () => event("Grown", { by: "x".repeat(1_000_000) }));
    expect(() => emitTo({ topic: "out" })(many, from)).toThrow(expect.objectContaining({ code: "EVENT_TOO_LARGE" }));
  });
});
