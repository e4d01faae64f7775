import { describe, expect, it } from "vitest";
import { EventQLError } from "../../../src/errors.ts";
import { encodeCommandReceipt, encodeReceipt } from "../../../src/model/receipt.ts";
import { codes, dataOf } from "../harness.ts";
import { AT, CREATE, CREATED, openOwned as open } from "./owned-harness.ts";

describe("a command's mutation", () => {
  it("is decided, waits until its events are projected, and shows the document as it is then", async () => {
    const api = await open();
    api.commands.decide = () => ({ id: "a", events: [CREATED], version: 7 });
    await api.store("values", [{ _id: "a", value: 2 }]);
    expect(dataOf(await api.run(CREATE, { variables: { id: "a", commandId: "c", ifVersion: "NO_STREAM" } }))).toEqual({
      createValue: {
        id: "a",
        commandId: "c",
        receipt: encodeReceipt(AT),
        status: "PROJECTED",
        version: "7",
        rejection: null,
        value: { id: "a", value: 2 },
      },
    });
    expect(api.sent).toMatchObject([
      {
        kind: "command",
        aggregate: { name: "Value" },
        commandType: { fullName: "calculator.CreateValue" },
        id: "a",
        commandId: "c",
        ifVersion: "NO_STREAM",
        payload: { value: 2 },
      },
    ]);
    expect(api.waits.map(({ position }) => position)).toEqual([AT]);
    expect(api.finds.map(({ options }) => options.causal)).toEqual([true]);
  });

  it("leaves id and command id to the sender where none are given, and passes on the trace", async () => {
    const api = await open();
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const result = dataOf(await api.run(CREATE, { variables: { wait: "NONE" }, headers: { traceparent } }));
    expect(result).toMatchObject({ createValue: { id: "made-by-the-sender", commandId: "made-1" } });
    expect(api.sent).toMatchObject([{ id: undefined, commandId: undefined, ifVersion: undefined, traceparent }]);
  });

  it("refuses to tell of a command by the id of another one", async () => {
    const api = await open();
    api.commands.decide = () => ({ id: "a", events: [CREATED], version: 7 });
    await api.run(CREATE, { variables: { id: "a", commandId: "c", wait: "DECIDED" } });
    const result = await api.run(CREATE, { variables: { id: "b", commandId: "c", wait: "DECIDED" } });
    expect(codes(result)).toEqual(["BAD_USER_INPUT"]);
    expect(result.errors?.[0]?.message).toContain('The commandId "c" was sent before');
  });

  it("with wait NONE returns once it is stored", async () => {
    const api = await open();
    expect(dataOf(await api.run(CREATE, { variables: { id: "a", commandId: "c", wait: "NONE" } }))).toMatchObject({
      createValue: { status: "ACCEPTED", receipt: encodeCommandReceipt("values", "c"), version: null, value: null },
    });
    expect([api.commands.asked, api.waits, api.finds]).toEqual([[], [], []]);
  });

  it.each(["APPENDED", "DECIDED"])("with wait %s returns once it is decided, without the document", async (wait) => {
    const api = await open();
    api.commands.decide = () => ({ events: [CREATED], version: 7 });
    expect(dataOf(await api.run(CREATE, { variables: { id: "a", wait } }))).toMatchObject({
      createValue: { status: wait, receipt: encodeReceipt(AT), version: "7", value: null },
    });
    expect([api.waits, api.finds]).toEqual([[], []]);
  });

  it.each(["APPENDED", "DECIDED", "PROJECTED"])(
    "with wait %s is decided where there is nothing to append",
    async (wait) => {
      const api = await open();
      api.commands.decide = () => ({ version: 3 });
      expect(dataOf(await api.run(CREATE, { variables: { id: "a", commandId: "c", wait } }))).toMatchObject({
        createValue: { status: "DECIDED", receipt: encodeCommandReceipt("values", "c"), version: "3", value: null },
      });
      expect(api.waits).toEqual([]);
    },
  );

  it.each(["APPENDED", "DECIDED", "PROJECTED"])(
    "with wait %s tells why it was refused, which is no error",
    async (wait) => {
      const api = await open();
      const rejection = { code: "VERSION_CONFLICT", message: "The version is 5.", currentVersion: 5 };
      api.commands.decide = () => ({ status: "REJECTED", rejection });
      expect(dataOf(await api.run(CREATE, { variables: { id: "a", commandId: "c", wait } }))).toMatchObject({
        createValue: {
          status: "REJECTED",
          receipt: encodeCommandReceipt("values", "c"),
          rejection: { code: "VERSION_CONFLICT", message: "The version is 5.", currentVersion: "5" },
          version: null,
          value: null,
        },
      });
      expect(api.waits).toEqual([]);
    },
  );

  it("tells no version of a refusal for other reasons", async () => {
    const api = await open();
    api.commands.decide = () => ({ status: "REJECTED", rejection: { code: "NOT_FOUND", message: "No." } });
    expect(dataOf(await api.run(CREATE))).toMatchObject({
      createValue: { rejection: { code: "NOT_FOUND", message: "No.", currentVersion: null } },
    });
  });

  it.each([
    new EventQLError("NOT_YET_DECIDED", "later"),
    new EventQLError("LIMIT_EXCEEDED", "too many wait"),
    new TypeError("a mistake"),
  ])("is pending, not failed, where waiting for its decision ends with $message", async (error) => {
    const api = await open();
    api.commands.decide = () => {
      throw error;
    };
    expect(dataOf(await api.run(CREATE, { variables: { commandId: "c" } }))).toMatchObject({
      createValue: { status: "PENDING", receipt: encodeCommandReceipt("values", "c"), value: null },
    });
    expect(api.sent).toHaveLength(1);
  });

  it("is pending with the command's receipt where its events aren't projected in time", async () => {
    const api = await open({
      outcome: () => {
        throw new EventQLError("NOT_YET_PROJECTED", "later");
      },
    });
    api.commands.decide = () => ({ events: [CREATED], version: 7 });
    expect(dataOf(await api.run(CREATE, { variables: { commandId: "c" } }))).toMatchObject({
      createValue: { status: "PENDING", receipt: encodeCommandReceipt("values", "c"), version: "7", value: null },
    });
  });

  it("waits for the newest event of each partition, in what is left of the time", async () => {
    const api = await open();
    const other = { ...CREATED, partition: 0, offset: 3 };
    api.commands.decide = () => ({ events: [CREATED, other, { ...CREATED, offset: 8 }] });
    await api.run(CREATE, { variables: { timeoutMs: 60_000 } });
    expect(api.commands.asked.map(({ timeoutMs }) => timeoutMs)).toEqual([30_000]);
    expect(api.waits.map(({ position }) => position)).toEqual([
      { ...AT, offset: 8 },
      { ...AT, partition: 0, offset: 3 },
    ]);
    for (const { timeoutMs } of api.waits) expect(timeoutMs).toBeLessThanOrEqual(30_000);
  });

  it("says so where an event of its is a dead letter", async () => {
    const api = await open({ outcome: () => "DEAD_LETTERED" });
    api.commands.decide = () => ({ events: [CREATED] });
    expect(dataOf(await api.run(CREATE))).toMatchObject({ createValue: { status: "DEAD_LETTERED", value: null } });
  });

  it("fails with the code of what it could not be stored for", async () => {
    const api = await open();
    api.commands.refusal = new EventQLError("APPEND_UNKNOWN", "perhaps stored");
    expect(codes(await api.run(CREATE))).toEqual(["APPEND_UNKNOWN"]);
  });
});
