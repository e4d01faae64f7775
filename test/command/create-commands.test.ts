import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { decodeInvalidation, decodeTransaction } from "../../src/command/command-record.ts";
import type { CommandRequest } from "../../src/command/commands.ts";
import { type LocalCommands, createCommands } from "../../src/command/create-commands.ts";
import type { EventLog } from "../../src/event-log/event-log.ts";
import { decodeReceipt } from "../../src/model/receipt.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import { type Metrics, noMetrics } from "../../src/telemetry/metrics.ts";
import { CALLER, recordSpans } from "../support/recorded-spans.ts";
import { TOPIC, type Values, openValues, valueDecider } from "./support/values.ts";

const UUIDV7 = /^[\da-f]{8}-[\da-f]{4}-7/;
const UUIDV5 = /^[\da-f]{8}-[\da-f]{4}-5/;
const position = { topic: "values.commands", partition: 1, offset: 41 };
const append = vi.fn<EventLog["append"]>();
const appended = vi.fn<Metrics["appended"]>();
const tracing = recordSpans();
let values: Values;
let commands: LocalCommands;

beforeEach(async () => {
  append.mockReset().mockResolvedValue(position);
  appended.mockReset();
  values = await openValues();
  commands = open(values);
});

afterEach(async () => {
  await commands.close();
});

function open({ codec }: Values): LocalCommands {
  return createCommands({
    log: { append, describeTopics: async () => await Promise.resolve([]), consume: unused },
    readModel: { find: unused, checkpoints: unused },
    codec,
    logger: silentLogger,
    metrics: { ...noMetrics, appended },
    tracer: tracing.tracer,
    source: "/eventql/test",
    group: "test",
    topics: () => [TOPIC],
    maxWaiters: 10,
  });
}

async function unused(): Promise<never> {
  throw new TypeError("nobody waits here");
}

const change = (more: Partial<Extract<CommandRequest, { readonly kind: "command" }>> = {}): CommandRequest => ({
  kind: "command",
  aggregate: values.aggregate,
  commandType: values.command("ChangeValue"),
  payload: { value: 3 },
  ...more,
});

describe("a command", () => {
  test("is stored on the topic of commands, by the key, with its headers", async () => {
    const accepted = await commands.send(change({ id: "a", commandId: "c", ifVersion: 7 }));
    expect(append).toHaveBeenCalledExactlyOnceWith({
      topic: "values.commands",
      key: "a",
      value: expect.any(Uint8Array),
      headers: {
        ce_specversion: "1.0",
        ce_id: "c",
        ce_type: "calculator.ChangeValue",
        ce_source: "/eventql/test",
        ce_time: expect.stringMatching(/^\d{4}-.*Z$/),
        traceparent: expect.any(String),
        eventql_kind: "command",
        eventql_if_version: "7",
      },
    });
    expect(accepted).toEqual({ commandId: "c", topic: TOPIC, id: "a", position, receipt: expect.any(String) });
    expect(decodeReceipt(accepted.receipt)).toEqual({ kind: "command", topic: TOPIC, commandId: "c" });
  });

  test("is read back as it was sent, by who decides", async () => {
    await commands.send(change({ id: "a" }));
    const value = append.mock.calls[0]?.[0].value ?? new Uint8Array();
    await values.codec.prepare(TOPIC, values.command("ChangeValue").schemaId);
    expect(values.codec.decodeCommand(TOPIC, value)).toMatchObject({ status: "decoded", payload: { value: 3 } });
  });

  test("without ids gets some that sort by time", async () => {
    const { id, commandId } = await commands.send(change());
    expect([id, commandId]).toEqual([expect.stringMatching(UUIDV7), expect.stringMatching(UUIDV7)]);
    expect(id).not.toBe(commandId);
  });

  test("without an id, repeated, has the same one: its commandId settles it", async () => {
    const first = await commands.send(change({ commandId: "c" }));
    const again = await commands.send(change({ commandId: "c" }));
    const other = await commands.send(change({ commandId: "d" }));
    expect(first.id).toMatch(UUIDV5);
    expect([again.id, other.id === first.id]).toEqual([first.id, false]);
    // As fixed as anything in the log: clients may have stored it.
    expect(first.id).toBe("35706aac-4dc9-5b40-a42f-7c10a5a704f3");
  });

  test.each(["", "\uD800", "ü".repeat(513)])("of the id %j, or the commandId, is refused", async (id) => {
    await expect(commands.send(change({ id }))).rejects.toMatchObject({ code: "KEY_INVALID" });
    const refused = expect.objectContaining({ code: "KEY_INVALID", message: expect.stringContaining("commandId") });
    await expect(commands.send(change({ commandId: id }))).rejects.toEqual(refused);
    expect(append).not.toHaveBeenCalled();
  });

  test("that doesn't fit its schema is refused", async () => {
    await expect(commands.send(change({ payload: {} }))).rejects.toMatchObject({ code: "EVENT_INVALID" });
    expect(append).not.toHaveBeenCalled();
    expect(appended.mock.calls[0]?.slice(0, 2)).toEqual(["values.commands", "EVENT_INVALID"]);
  });

  test("is counted and traced as appends are", async () => {
    await commands.send(change({ commandId: "c", traceparent: CALLER.traceparent }));
    expect(appended.mock.calls[0]?.slice(0, 2)).toEqual(["values.commands", "OK"]);
    const span = tracing.spans().at(-1);
    expect(span?.name).toBe("send values.commands");
    expect(span?.parentSpanContext?.spanId).toBe(CALLER.spanId);
    const traceparent = `00-${CALLER.traceId}-${span?.spanContext().spanId ?? ""}-01`;
    expect(append.mock.calls[0]?.[0].headers["traceparent"]).toBe(traceparent);
  });
});

describe("what else an owned topic takes", () => {
  const sent = (): Parameters<EventLog["append"]>[0] | undefined => append.mock.calls[0]?.[0];
  const offering = async (hints: object = { owned: true }): Promise<Values> => {
    values = await openValues(valueDecider({ eventMutations: true }), hints);
    commands = open(values);
    return values;
  };

  test("an event, and a tombstone", async () => {
    const { aggregate, eventType } = await offering();
    await commands.send({ kind: "event", aggregate, eventType: eventType("ValueAdded"), id: "a", payload: { by: 1 } });
    expect(sent()).toMatchObject({ key: "a", headers: { ce_type: "calculator.ValueAdded", eventql_kind: "event" } });
    append.mockClear();
    await commands.send({ kind: "tombstone", aggregate, id: "a", ifVersion: "EXISTS" });
    expect(sent()).toMatchObject({
      key: "a",
      value: null,
      headers: { ce_type: "eventql.tombstone", eventql_kind: "tombstone", eventql_if_version: "EXISTS" },
    });
  });

  test("a transaction, whose key is its own id", async () => {
    const { aggregate, eventType, codec } = await offering({ transactions: true });
    const added = eventType("ValueAdded");
    const events = [
      { eventType: added, id: "a", payload: { by: 1 }, ifVersion: 4 },
      { eventType: added, payload: { by: 2 } },
    ];
    const accepted = await commands.send({ kind: "transaction", aggregate, events, commandId: "t" });
    expect(accepted).toMatchObject({ id: undefined, commandId: "t" });
    expect(sent()).toMatchObject({ key: "t", headers: { eventql_kind: "transaction", ce_id: "t" } });
    expect(decodeTransaction(sent()?.value ?? null)).toEqual([
      { key: "a", type: added.fullName, value: Buffer.from(codec.encode(added, { by: 1 })), ifVersion: 4 },
      { key: expect.stringMatching(UUIDV7), type: added.fullName, value: expect.any(Buffer), ifVersion: undefined },
    ]);
    const none: CommandRequest = { kind: "transaction", aggregate, events: [] };
    await expect(commands.send(none)).rejects.toMatchObject({ code: "EVENT_INVALID" });
  });

  test("an invalidation, also where events aren't offered", async () => {
    values = await openValues(valueDecider(), { transactions: true });
    const { aggregate } = values;
    await commands.send({ kind: "invalidation", aggregate, transaction: 7, reason: "wrong", commandId: "i" });
    expect(sent()).toMatchObject({ key: "i", headers: { eventql_kind: "invalidation" } });
    expect(decodeInvalidation(sent()?.value ?? null)).toEqual({ transaction: 7, reason: "wrong" });
  });
});

describe("what is refused before it is a command", () => {
  test("anything for an open topic", async () => {
    const { owned: _owned, ...aggregate } = values.aggregate;
    await expect(commands.send(change({ aggregate }))).rejects.toMatchObject({ code: "NOT_OWNED" });
  });

  test("transactions and their invalidation, where the topic has none", async () => {
    const { aggregate, eventType } = values;
    const events = [{ eventType: eventType("ValueAdded"), payload: { by: 1 } }];
    const transaction: CommandRequest = { kind: "transaction", aggregate, events };
    await expect(commands.send(transaction)).rejects.toMatchObject({ code: "NOT_OWNED" });
    const invalidation: CommandRequest = { kind: "invalidation", aggregate, transaction: 1, reason: "" };
    await expect(commands.send(invalidation)).rejects.toMatchObject({ code: "NOT_OWNED" });
  });

  test("events past the rules, unless the decider offers them", async () => {
    const event = ({ aggregate, eventType }: Values): CommandRequest => {
      return { kind: "event", aggregate, eventType: eventType("ValueAdded"), payload: { by: 1 } };
    };
    await expect(commands.send(event(values))).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
    const tombstone: CommandRequest = { kind: "tombstone", aggregate: values.aggregate, id: "a" };
    await expect(commands.send(tombstone)).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
    expect(append).not.toHaveBeenCalled();
    await commands.send(event(await openValues(valueDecider({ eventMutations: true }))));
    expect(append).toHaveBeenCalledOnce();
  });
});
