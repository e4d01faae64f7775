import { beforeEach, describe, expect, test, vi } from "vitest";
import { gatherSubjects } from "../../src/catalog/gather.ts";
import type { CatalogHints } from "../../src/catalog/hints.ts";
import {
  type CatalogSource,
  type LiveCatalog,
  type LiveCatalogPace,
  createLiveCatalog,
} from "../../src/catalog/live-catalog.ts";
import { firstState } from "../../src/catalog/reload.ts";
import { EventQLError } from "../../src/errors.ts";
import { FakeRegistry } from "../support/fake-registry.ts";

const field = (name: string, type: unknown = "string") => ({ name, type });
const record = (name: string, fields: readonly object[] = [field("x")], eventql?: object) => ({
  type: "record",
  name: `n.${name}`,
  fields,
  ...(eventql === undefined ? {} : { eventql }),
});

describe("a live catalog", () => {
  let registry: FakeRegistry;
  let live: LiveCatalog;
  const accept = vi.fn<CatalogSource["accept"]>();
  const changed = vi.fn<CatalogSource["changed"]>();
  const gather = vi.fn<CatalogSource["gather"]>();

  const start = async (hints: CatalogHints = {}, pace: LiveCatalogPace = {}): Promise<void> => {
    gather.mockImplementation(async () => await gatherSubjects(registry));
    const options = { hints };
    const revision = await registry.revision();
    const state = firstState(await gatherSubjects(registry), options);
    const source = { options, revision: async () => await registry.revision(), gather, accept, changed };
    live = createLiveCatalog(
      { state, revision },
      { ...source, isUnsettled: () => false },
      { minIntervalMs: 0, ...pace },
    );
  };
  const columns = (): Record<string, readonly string[]> =>
    Object.fromEntries(live.current().aggregates.map(({ name, columns: own }) => [name, own.map((each) => each.name)]));

  beforeEach(async () => {
    for (const mock of [accept, changed, gather]) mock.mockReset();
    accept.mockResolvedValue([]);
    registry = new FakeRegistry();
    await registry.add("users-n.Changed", record("Changed"));
    await registry.add("orders-n.Placed", record("Placed"));
  });

  test("takes over what is new, once it is accepted", async () => {
    await start();
    const before = live.current();
    const id = await registry.add("users-n.Changed", record("Changed", [field("x"), field("y")]));
    expect(live.standingOf("users", id)).toBe("foreign");
    await live.refresh();
    expect(columns()).toEqual({ User: ["x", "y"], Order: ["x"] });
    expect(live.standingOf("users", id)).toBe("taken");
    expect(accept.mock.calls.map(([next, current]) => [next.generation, current])).toEqual([[id, before]]);
    expect(changed).toHaveBeenCalledWith(live.current(), before, []);
  });

  test("reads nothing where the revision is the same", async () => {
    await start();
    await live.refresh();
    expect(gather).not.toHaveBeenCalled();
    expect(accept).not.toHaveBeenCalled();
  });

  test("calls that come together share one reading, and one that began before a call is not enough for it", async () => {
    await start();
    await registry.add("users-n.Changed", record("Changed", [field("x"), field("y")]));
    const begun = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    gather.mockImplementationOnce(async () => {
      const subjects = await gatherSubjects(registry);
      begun.resolve();
      await release.promise;
      return subjects;
    });
    const first = live.refresh();
    await begun.promise;
    await registry.add("orders-n.Placed", record("Placed", [field("x"), field("z")]));
    const others = [live.refresh(), live.refresh()];
    release.resolve();
    await first;
    expect(columns()).toEqual({ User: ["x", "y"], Order: ["x"] });
    await Promise.all(others);
    expect(columns()).toEqual({ User: ["x", "y"], Order: ["x", "z"] });
    expect(gather).toHaveBeenCalledTimes(2);
  });

  test("a topic with a wrong hint keeps what it had, all others follow, and it heals", async () => {
    await start();
    const wrong = await registry.add("users-n.Changed", record("Changed", [field("x")], { effect: "upsertt" }));
    const neu = await registry.add("bad-n.Made", record("Made", [field("x")], { aggregate: "not pascal" }));
    const placed = await registry.add("orders-n.Placed", record("Placed", [field("x"), field("z")]));
    await live.refresh();
    expect(columns()).toEqual({ User: ["x"], Order: ["x", "z"] });
    expect(live.faults()).toMatchObject([
      { code: "CATALOG_INVALID", topic: "bad", reason: expect.stringContaining("must be a name in PascalCase") },
      { code: "CATALOG_INVALID", topic: "users", reason: expect.stringContaining('"upsertt" is unknown') },
    ]);
    const standings = [live.standingOf("users", wrong), live.standingOf("bad", neu), live.standingOf("orders", placed)];
    expect(standings).toEqual(["withheld", "withheld", "taken"]);
    const since = live.faults()[1]?.since;

    await registry.add("bad-n.Made", record("Made", [field("x")], { aggregate: "Made" }));
    await live.refresh();
    expect(columns()).toEqual({ User: ["x"], Order: ["x", "z"], Made: ["x"] });
    expect(live.faults()).toMatchObject([{ topic: "users", since }]);

    await registry.add("users-n.Changed", record("Changed", [field("x"), field("y")], { effect: "upsert" }));
    await live.refresh();
    expect(columns()).toMatchObject({ User: ["x", "y"] });
    expect(live.faults()).toEqual([]);
    expect(live.standingOf("users", wrong)).toBe("taken");
  });

  test("a subject whose newest version can't be used keeps its topic's API, though at a start it would be left out", async () => {
    await start();
    await registry.register("users-n.Changed", '"string"');
    await live.refresh();
    expect(columns()).toEqual({ User: ["x"], Order: ["x"] });
    expect(live.faults()).toMatchObject([
      { topic: "users", reason: expect.stringContaining("newest version can't be taken over") },
    ]);
  });

  test("a name that a newcomer wants too stays with who had it by a hint", async () => {
    await registry.add("a-n.Made", record("Made", [field("x")], { aggregate: "Thing" }));
    await start();
    await registry.add("b-n.Sold", record("Sold", [field("x")], { plural: "things" }));
    await live.refresh();
    expect(columns()).toMatchObject({ Thing: ["x"] });
    expect(Object.keys(columns())).toHaveLength(3);
    expect(live.faults()).not.toEqual([]);
  });

  test("a topic that is refused keeps what it had, and the rest is accepted without it", async () => {
    await start();
    accept.mockImplementation(async (next) => {
      const user = next.aggregates.find(({ name }) => name === "User");
      await Promise.resolve();
      return user?.columns.length === 1 ? [] : [{ topic: "users", code: "PROJECTION_CHANGED", reason: "other hints" }];
    });
    const id = await registry.add("users-n.Changed", record("Changed", [field("x"), field("y")]));
    await registry.add("orders-n.Placed", record("Placed", [field("x"), field("z")]));
    await live.refresh();
    expect(columns()).toEqual({ User: ["x"], Order: ["x", "z"] });
    expect(live.faults()).toMatchObject([{ code: "PROJECTION_CHANGED", topic: "users" }]);
    expect(live.standingOf("users", id)).toBe("withheld");
  });

  test("what is refused is tried again though the registry stays the same", async () => {
    await start({}, { recheckMs: 0 });
    accept.mockResolvedValueOnce([{ topic: "users", code: "TOPIC_UNSUITABLE", reason: "compacted" }]);
    await registry.add("users-n.Changed", record("Changed", [field("x"), field("y")]));
    await live.refresh();
    expect(columns()).toMatchObject({ User: ["x"] });
    await live.refresh();
    expect(columns()).toMatchObject({ User: ["x", "y"] });
    expect(live.faults()).toEqual([]);
    expect(gather).toHaveBeenCalledOnce();
  });

  test("a catalog that makes no API stays out whole, and says why", async () => {
    await start();
    accept.mockRejectedValueOnce(new EventQLError("CATALOG_INVALID", "no GraphQL"));
    const id = await registry.add("users-n.Changed", record("Changed", [field("x"), field("y")]));
    await live.refresh();
    expect(columns()).toEqual({ User: ["x"], Order: ["x"] });
    expect(live.faults()).toMatchObject([{ code: "CATALOG_INVALID", topic: undefined, reason: "no GraphQL" }]);
    expect(live.standingOf("users", id)).toBe("withheld");
  });

  test("a server that is away is told, and the same registry is read again", async () => {
    await start();
    accept.mockRejectedValueOnce(new EventQLError("READ_MODEL_UNAVAILABLE", "away"));
    await registry.add("users-n.Changed", record("Changed", [field("x"), field("y")]));
    await expect(live.refresh()).rejects.toMatchObject({ code: "READ_MODEL_UNAVAILABLE" });
    expect(columns()).toMatchObject({ User: ["x"] });
    await live.refresh();
    expect(columns()).toMatchObject({ User: ["x", "y"] });
  });

  test("a hint of the configuration that lost its record keeps the catalog whole", async () => {
    await start({ "n.Placed": { plural: "placedOrders" } });
    registry.remove("orders-n.Placed");
    await live.refresh();
    expect(columns()).toEqual({ User: ["x"], Order: ["x"] });
    expect(live.faults()).toMatchObject([{ topic: undefined, reason: expect.stringContaining("n.Placed") }]);
  });

  test("what was deleted is gone, and the generation never goes down", async () => {
    await start();
    const { generation } = live.current();
    registry.remove("orders-n.Placed");
    await live.refresh();
    expect(columns()).toEqual({ User: ["x"] });
    expect(live.current().generation).toBe(generation);
  });

  test("what another process reached is reached by reading after it", async () => {
    await start();
    const { aggregates } = live.current();
    await live.refresh(99);
    expect(live.current().generation).toBe(99);
    expect(live.current().aggregates).toBe(aggregates);
    await registry.add("users-n.Changed", record("Changed", [field("x"), field("y")]));
    await live.refresh();
    expect(live.current().generation).toBe(99);
  });

  test("strangers' schemas leave the aggregates the very objects that they were", async () => {
    await start();
    const { aggregates, skipped } = live.current();
    await registry.register("numbers-value", '"int"');
    await live.refresh();
    expect(live.current().aggregates).toBe(aggregates);
    expect(live.current().skipped).toHaveLength(skipped.length + 1);
  });
});
