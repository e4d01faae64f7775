import { afterEach, describe, expect, test, vi } from "vitest";
import { EventQLError } from "../../src/errors.ts";
import type { EventLog } from "../../src/event-log/event-log.ts";
import type { SupervisorOptions } from "../../src/projector/supervisor.ts";
import { type Supervisor, superviseProjector } from "../../src/projector/supervisor.ts";
import type { ReadModel } from "../../src/read-model/read-model.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";

const neverCalled = (): never => {
  throw new TypeError("nothing is read or decoded here");
};
const codec: SupervisorOptions["codec"] = { prepare: neverCalled, decode: neverCalled, encode: neverCalled };
const readModel = new Proxy<Partial<ReadModel>>({}, { get: neverCalled });

describe("a projector's supervisor", () => {
  let supervisor: Supervisor | undefined;
  const stopped = vi.fn<() => Promise<void>>();
  const consume = vi.fn<EventLog["consume"]>();
  let existing: readonly string[] = [];
  let wanted: readonly string[] = [];

  const start = (lookMs = 60_000): Supervisor => {
    consume.mockReset();
    stopped.mockReset();
    consume.mockResolvedValue({ stop: stopped });
    const describeTopics: EventLog["describeTopics"] = async (names) => {
      const found = names.filter((name) => existing.includes(name));
      return await Promise.resolve(
        found.map((name) => ({ name, partitions: 1, compacted: false, retentionMs: undefined })),
      );
    };
    supervisor = superviseProjector({
      log: { describeTopics, consume },
      readModel: isReadModel(readModel) ? readModel : neverCalled(),
      codec,
      logger: silentLogger,
      group: "g",
      projections: () => new Map(),
      catalog: { standingOf: () => "taken", refresh: async () => {} },
      topics: () => wanted,
      lookMs,
    });
    return supervisor;
  };
  const consumed = (): readonly (readonly string[])[] => consume.mock.calls.map(([{ topics }]) => topics);

  afterEach(async () => {
    await supervisor?.stop();
  });

  test("begins with the topics that exist; a topic that is added to them joins at once", async () => {
    [existing, wanted] = [
      ["a", "b", "c"],
      ["a", "b"],
    ];
    const running = start();
    await vi.waitFor(() => expect(consumed()).toEqual([["a", "b"]]));
    wanted = ["a", "b", "c"];
    expect(running.missing()).toEqual(["c"]);
    running.topicsChanged();
    await vi.waitFor(() =>
      expect(consumed()).toEqual([
        ["a", "b"],
        ["a", "b", "c"],
      ]),
    );
    expect(stopped).toHaveBeenCalledOnce();
    expect(running.missing()).toEqual([]);
  });

  test("a topic that is not wanted any more leaves, the last one too, and may come back", async () => {
    [existing, wanted] = [
      ["a", "b"],
      ["a", "b"],
    ];
    const running = start();
    await vi.waitFor(() => expect(consumed()).toHaveLength(1));
    wanted = ["b"];
    running.topicsChanged();
    await vi.waitFor(() => expect(consumed().at(-1)).toEqual(["b"]));
    wanted = [];
    running.topicsChanged();
    await vi.waitFor(() => expect(stopped).toHaveBeenCalledTimes(2));
    expect(running.caughtUp()).toBe(true);
    wanted = ["a"];
    running.topicsChanged();
    await vi.waitFor(() => expect(consumed().at(-1)).toEqual(["a"]));
  });

  test("a change that concerns no topic disturbs nothing, and one during a start is not missed", async () => {
    [existing, wanted] = [["a", "b"], ["a"]];
    const running = start();
    const joining = Promise.withResolvers<Awaited<ReturnType<EventLog["consume"]>>>();
    consume.mockImplementationOnce(async () => await joining.promise);
    await vi.waitFor(() => expect(consumed()).toEqual([["a"]]));
    running.topicsChanged();
    wanted = ["a", "b"];
    running.topicsChanged();
    joining.resolve({ stop: stopped });
    await vi.waitFor(() => expect(consumed()).toEqual([["a"], ["a", "b"]]));
    running.topicsChanged();
    await vi.waitFor(() => expect(running.caughtUp()).toBe(true));
    expect(consume).toHaveBeenCalledTimes(2);
  });

  test("missing topics are looked for, and one that vanished from the log is kept", async () => {
    [existing, wanted] = [[], ["a", "b"]];
    const running = start(10);
    await vi.waitFor(() => expect(running.caughtUp()).toBe(true));
    expect(running.missing()).toEqual(["a", "b"]);
    existing = ["a"];
    await vi.waitFor(() => expect(consumed()).toEqual([["a"]]));
    existing = [];
    running.topicsChanged();
    await vi.waitFor(() => expect(running.missing()).toEqual(["b"]));
    expect(stopped).not.toHaveBeenCalled();
  });

  test("a start that fails is tried again", async () => {
    [existing, wanted] = [["a"], ["a"]];
    start();
    consume.mockRejectedValueOnce(new EventQLError("EVENT_LOG_UNAVAILABLE", "away"));
    await vi.waitFor(() => expect(consumed()).toEqual([["a"], ["a"]]));
  });
});

function isReadModel(of: Partial<ReadModel>): of is ReadModel {
  return of === readModel;
}
