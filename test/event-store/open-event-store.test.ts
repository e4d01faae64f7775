import { expect, it, onTestFinished } from "vitest";
import type { EventStore } from "../../src/event-store/event-store.ts";
import { openEventStore } from "../../src/open-event-store.ts";
import { openHouse } from "../server/events/events-house.ts";

type AccountEvent = { readonly type: "AccountCredited"; readonly payload: { readonly amount: number } };

async function storeOf(data: string): Promise<EventStore> {
  const store = await openEventStore({ settings: { stack: "embedded", data }, env: {}, cwd: data });
  onTestFinished(async () => await store.close());
  return store;
}

const credit = (id: string) => ({ id, type: "AccountCredited", payload: { amount: 1 } }) as const;

it("appends to an owned topic beside the server whose processor decides", async () => {
  const { data } = await openHouse();
  const store = await storeOf(data);
  const first = await store.append<AccountEvent>("accounts", credit("a"), { ifVersion: "NO_STREAM", commandId: "c1" });
  expect(first).toMatchObject({ id: "a", status: "APPENDED", commandId: "c1" });
  const again = await store.append<AccountEvent>("accounts", credit("a"), { ifVersion: "NO_STREAM", commandId: "c1" });
  expect(again).toEqual(first);
  const refused = await store.append<AccountEvent>("accounts", credit("a"), { ifVersion: "NO_STREAM" });
  expect(refused).toMatchObject({ status: "REJECTED", rejection: { code: "VERSION_CONFLICT" } });
  const { events } = await store.read<AccountEvent>("accounts", { id: "a" });
  expect(events).toMatchObject([{ type: "AccountCredited", payload: { amount: 1 }, commandId: "c1" }]);
});

it("appends events of several keys as one, which readers see together", async () => {
  const { data } = await openHouse();
  const store = await storeOf(data);
  const outcome = await store.appendTransaction<AccountEvent>("accounts", [credit("a"), credit("b")]);
  expect(outcome).toMatchObject({
    status: "APPENDED",
    transaction: expect.any(Number),
    events: [{ id: "a" }, { id: "b" }],
  });
  const { events } = await store.readAll<AccountEvent>("accounts");
  const transaction = outcome.status === "APPENDED" ? outcome.transaction : undefined;
  expect(events.map((event) => event.transaction)).toEqual([transaction, transaction]);
});
