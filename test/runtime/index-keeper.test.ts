import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import { EventQLError } from "../../src/errors.ts";
import type { ReadModel } from "../../src/read-model/read-model.ts";
import { type IndexKeeper, createIndexKeeper } from "../../src/runtime/index-keeper.ts";
import { type Logger, silentLogger } from "../../src/telemetry/logger.ts";
import { aggregate } from "../graphql/sketch.ts";

type KeepIndexes = ReadModel["keepIndexes"];

describe("the index keeper", () => {
  let keeper: IndexKeeper | undefined;
  const info = vi.fn<Logger["info"]>();
  const error = vi.fn<Logger["error"]>();

  const start = (keepIndexes: KeepIndexes): IndexKeeper => {
    info.mockReset();
    error.mockReset();
    keeper = createIndexKeeper({ readModel: { keepIndexes }, logger: { ...silentLogger, info, error }, pauseMs: 1 });
    return keeper;
  };
  const users = aggregate("User", { collection: "users", indexes: [{ name: 1, _id: 1 }] });
  const orders = aggregate("Order", { collection: "orders" });
  const away = new EventQLError("READ_MODEL_UNAVAILABLE", "MongoDB is away.");

  afterEach(async () => keeper?.stop());

  it("asks for each collection's, one after the other, and tells of each step", async () => {
    const keep = vi.fn<KeepIndexes>(async (_collection, _wanted, { onStep }) => {
      for (const step of ["begun", "built", "dropped"] as const) onStep({ index: "i", step });
    });
    start(keep).want([users, orders]);
    await vi.waitFor(() => expect(keep).toHaveBeenCalledTimes(2));
    expect(keep.mock.calls.map(([collection, wanted]) => [collection, wanted])).toEqual([
      ["users", users.indexes],
      ["orders", []],
    ]);
    expect(info.mock.calls.map(([, message]) => message)).toEqual(
      [users, orders].flatMap(() => [
        "an index is being built",
        "an index is built",
        "an index was dropped that nothing asks for any more",
      ]),
    );
  });

  it("is not waited for, and takes what is wanted last", async () => {
    const first = Promise.withResolvers<void>();
    const keep = vi.fn<KeepIndexes>(async () => first.promise);
    const started = start(keep);
    started.want([users]);
    started.want([orders]);
    started.want([orders, users]);
    expect(keep).toHaveBeenCalledTimes(1);
    first.resolve();
    await vi.waitFor(() => expect(keep).toHaveBeenCalledTimes(3));
    expect(keep.mock.calls.map(([collection]) => collection)).toEqual(["users", "orders", "users"]);
  });

  it("asks nothing anew for the same aggregates", async () => {
    const keep = vi.fn<KeepIndexes>(async () => {});
    const same = [users];
    const started = start(keep);
    started.want(same);
    await vi.waitFor(() => expect(keep).toHaveBeenCalledTimes(1));
    await setImmediate();
    started.want(same);
    expect(keep).toHaveBeenCalledTimes(1);
    started.want([users, orders]);
    await vi.waitFor(() => expect(keep).toHaveBeenCalledTimes(3));
  });

  it("tries again while the store is away, and says so", async () => {
    const keep = vi
      .fn<KeepIndexes>(async () => {})
      .mockRejectedValueOnce(away)
      .mockRejectedValueOnce(away);
    start(keep).want([users]);
    await vi.waitFor(() => expect(keep).toHaveBeenCalledTimes(3));
    expect(error.mock.calls.map(([fields]) => fields)).toEqual([
      { collection: "users", code: "READ_MODEL_UNAVAILABLE", error: "MongoDB is away." },
      { collection: "users", code: "READ_MODEL_UNAVAILABLE", error: "MongoDB is away." },
    ]);
  });

  it("leaves what can't be built, and goes on with the next", async () => {
    const keep = vi
      .fn<KeepIndexes>(async () => {})
      .mockRejectedValueOnce(new EventQLError("INTERNAL", "parallel arrays"));
    start(keep).want([users, orders]);
    await vi.waitFor(() => expect(keep).toHaveBeenCalledTimes(2));
    expect(keep.mock.calls[1]?.[0]).toBe("orders");
    expect(error).toHaveBeenCalledTimes(1);
  });

  it("stops at once, whatever is under way", async () => {
    const keep = vi.fn<KeepIndexes>(async (_collection, _wanted, { signal }) => {
      await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(away)));
    });
    const started = start(keep);
    started.want([users, orders]);
    await started.stop();
    expect(keep).toHaveBeenCalledTimes(1);
    expect(error).not.toHaveBeenCalled();
  });
});
