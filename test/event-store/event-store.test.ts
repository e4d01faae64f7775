import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StreamedEvent } from "../../src/event-store/event-store.ts";
import { type ValueEvent, openStore, registerValues } from "./store-under-test.ts";

const added = (id: string, by: number) => ({ id, type: "ValueAdded", payload: { by } }) as const;

/** Takes so many events of a stream, then leaves it. */
async function take(
  stream: AsyncIterable<StreamedEvent<ValueEvent>>,
  count: number,
): Promise<StreamedEvent<ValueEvent>[]> {
  const events: StreamedEvent<ValueEvent>[] = [];
  for await (const event of stream) if (events.push(event) === count) break;
  return events;
}

describe("append and read", () => {
  it("gives back what was said, in the order of the key", async () => {
    const { store } = await openStore();
    const value = 2n ** 62n;
    const first = await store.append<ValueEvent>("values", { id: "a", type: "ValueSet", payload: { value } });
    expect(first).toMatchObject({ id: "a", status: "APPENDED", version: 0, dropped: false, commandId: undefined });
    await store.append<ValueEvent>("values", added("b", 7));
    await store.append<ValueEvent>("values", added("a", 1));
    await store.append<ValueEvent>("values", { id: "a", type: null });
    const { events, more } = await store.read<ValueEvent>("values", { id: "a" });
    expect(more).toBe(false);
    expect(events.map(({ type, payload }) => [type, payload])).toEqual([
      ["ValueSet", { value }],
      ["ValueAdded", { by: 1, note: null }],
      [null, null],
    ]);
    const [set] = events;
    // Its type tells the compiler what it says.
    const said: bigint | undefined = set?.type === "ValueSet" ? set.payload.value : undefined;
    expect(said).toBe(value);
    expect(set).toMatchObject({
      id: "a",
      eventId: expect.any(String),
      timestamp: expect.any(Date),
      headers: { ce_type: "calculator.ValueSet" },
    });
  });

  it("reads a key by pages", async () => {
    const { store } = await openStore();
    for (let by = 0; by < 5; by += 1) await store.append<ValueEvent>("values", added("a", by));
    const first = await store.read<ValueEvent>("values", { id: "a", limit: 3 });
    expect([first.events.length, first.more]).toEqual([3, true]);
    const after = first.events.at(-1)?.position.offset ?? -1;
    const rest = await store.read<ValueEvent>("values", { id: "a", limit: 3, after });
    expect([rest.events.map(({ payload }) => payload), rest.more]).toMatchObject([[{ by: 3 }, { by: 4 }], false]);
    expect(await store.read("values", { id: "nobody" })).toEqual({ events: [], more: false });
  });

  it("makes an id, takes full names, and leaves out what is no event", async () => {
    const { store, memory } = await openStore();
    const { id } = await store.append("values", { type: "calculator.ValueAdded", payload: { by: 1 } });
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    for (const partition of [0, 1, 2])
      memory.appendRaw({ topic: "values", partition, key: Buffer.from(id), value: Buffer.from("noise") });
    expect((await store.read("values", { id })).events).toHaveLength(1);
  });

  it.each([
    ["a field that doesn't fit", { type: "ValueAdded", payload: { by: "one" } }, "EVENT_INVALID"],
    ["a payload that is none", { type: "ValueAdded", payload: new Date(0) }, "EVENT_INVALID"],
    ["an unknown type", { type: "ValueTaken", payload: {} }, "EVENT_TYPE_UNKNOWN"],
    ["an empty id", { id: "", type: "ValueAdded", payload: { by: 1 } }, "KEY_INVALID"],
  ])("refuses %s", async (_what, event, code) => {
    const { store, log } = await openStore();
    await expect(store.append("values", event)).rejects.toMatchObject({ code });
    expect((await log.offsets("values")).map(({ high }) => high)).toEqual([0, 0, 0]);
  });

  it("refuses what needs a single writer on an open topic, and unknown topics", async () => {
    const { store } = await openStore();
    await expect(store.append("values", added("a", 1), { ifVersion: 0 })).rejects.toMatchObject({ code: "NOT_OWNED" });
    await expect(store.append("values", added("a", 1), { commandId: "c" })).rejects.toMatchObject({
      code: "NOT_OWNED",
    });
    await expect(store.appendTransaction("values", [added("a", 1)])).rejects.toMatchObject({ code: "NOT_OWNED" });
    await expect(store.append("owned", { type: "OwnedValueAdded", payload: { by: 1 } })).rejects.toMatchObject({
      code: "NOT_OWNED",
    });
    await expect(store.append("valeus", added("a", 1))).rejects.toMatchObject({ code: "TOPIC_NOT_FOUND" });
    await expect(store.readAll("valeus")).rejects.toMatchObject({ code: "TOPIC_NOT_FOUND" });
  });

  it("learns of topics, and of event types, that come later", async () => {
    const { store, log, registry } = await openStore();
    const stream = store.subscribe("later", { after: "START" });
    await log.createTopics([{ name: "later", partitions: 1 }]);
    await registerValues(registry, "later", "Later");
    const event = { id: "a", type: "LaterValueAdded", payload: { by: 1 } };
    expect(await store.append("later", event)).toMatchObject({ status: "APPENDED" });
    expect((await stream.next()).value).toMatchObject({ type: "LaterValueAdded" });
    await stream.return?.();
  });
});

describe("readAll", () => {
  it("gives every event once, whatever the pages, each key in its order, while more are appended", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom("a", "b", "c", "d", "e"), fc.boolean()), { maxLength: 40 }),
        fc.integer({ min: 1, max: 7 }),
        async (steps, limit) => {
          const { store } = await openStore();
          const found: (readonly [string, number])[] = [];
          let cursor: string | undefined;
          const readOn = async (): Promise<boolean> => {
            const page = await store.readAll<ValueEvent>("values", {
              limit,
              ...(cursor !== undefined && { after: cursor }),
            });
            expect(page.events.length).toBeLessThanOrEqual(limit);
            for (const { id, payload } of page.events)
              if (payload !== null && "by" in payload) found.push([id, payload.by]);
            ({ cursor } = page);
            return page.more;
          };
          for (const [by, [id, reads]] of steps.entries()) {
            await store.append<ValueEvent>("values", added(id, by));
            if (reads) await readOn();
          }
          while (await readOn());
          const expected = steps.map(([id], by) => [id, by] as const);
          for (const key of ["a", "b", "c", "d", "e"])
            expect(found.filter(([id]) => id === key)).toEqual(expected.filter(([id]) => id === key));
        },
      ),
      { numRuns: 30 },
    );
  });

  it("goes on from the cursor of any event", async () => {
    const { store } = await openStore();
    for (let by = 0; by < 12; by += 1) await store.append<ValueEvent>("values", added(`k${by % 4}`, by));
    const all = await store.readAll<ValueEvent>("values");
    for (const [at, { cursor }] of all.events.entries()) {
      const rest = await store.readAll<ValueEvent>("values", { after: cursor });
      const identities = (events: typeof all.events): string[] =>
        events.map(({ position }) => JSON.stringify(position)).sort();
      expect(identities(rest.events)).toEqual(identities(all.events.slice(at + 1)));
    }
  });
});

describe("subscribe", () => {
  it("tells what comes, from now on, from the start, or after a cursor", async () => {
    const { store } = await openStore();
    await store.append<ValueEvent>("values", added("a", 0));
    const live = store.subscribe<ValueEvent>("values");
    let told = false;
    const next = live.next().finally(() => (told = true));
    // It follows from a moment on that only it knows.
    await expect
      .poll(async () => {
        if (!told) await store.append<ValueEvent>("values", added("a", 1));
        return told;
      })
      .toBe(true);
    const { value } = await next;
    expect(value).toMatchObject({ id: "a", payload: { by: 1 } });
    await live.return?.();
    const [first, second] = await take(store.subscribe<ValueEvent>("values", { after: "START" }), 2);
    expect([first, second]).toMatchObject([{ payload: { by: 0 } }, { payload: { by: 1 } }]);
    const after = first?.cursor ?? "";
    expect(await take(store.subscribe<ValueEvent>("values", { after }), 1)).toMatchObject([{ payload: { by: 1 } }]);
  });

  it("tells of the keys that are asked for alone", async () => {
    const { store } = await openStore();
    for (const id of ["a", "b", "c", "b"]) await store.append<ValueEvent>("values", added(id, 1));
    const events = await take(store.subscribe<ValueEvent>("values", { after: "START", ids: ["b"] }), 2);
    expect(events.map(({ id }) => id)).toEqual(["b", "b"]);
  });

  it("ends with its signal, with return, and with the store, whoever waits", async () => {
    const { store } = await openStore();
    const end = new AbortController();
    const bySignal = store.subscribe("values", { signal: end.signal });
    const [waiting, later] = [bySignal.next(), bySignal.next()];
    end.abort();
    expect([await waiting, await later, await bySignal.next()]).toEqual(
      Array.from({ length: 3 }, () => ({ done: true, value: undefined })),
    );
    const returned = store.subscribe("values");
    const pending = returned.next();
    await returned.return?.();
    expect(await pending).toEqual({ done: true, value: undefined });
    const closed = store.subscribe("values", { after: "START" });
    await store.append<ValueEvent>("values", added("a", 1));
    await closed.next();
    const last = closed.next();
    last.catch(() => {});
    await store.close();
    await expect(last).rejects.toMatchObject({ code: "SHUTTING_DOWN" });
    expect(() => store.subscribe("values")).toThrow(/closed/);
    await expect(store.append("values", added("a", 1))).rejects.toMatchObject({ code: "SHUTTING_DOWN" });
  });

  it("refuses what is no cursor", async () => {
    const { store } = await openStore();
    await expect(store.subscribe("values", { after: "abc" }).next()).rejects.toMatchObject({ code: "CURSOR_INVALID" });
    await expect(store.readAll("values", { after: "abc" })).rejects.toMatchObject({ code: "CURSOR_INVALID" });
  });
});
