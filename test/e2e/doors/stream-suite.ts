import { describe, expect, test, vi } from "vitest";
import { EventWatch, change } from "./admin.ts";
import { CALLERS, type Caller } from "./callers.ts";
import { isRefused, refusalOf } from "./door.ts";
import type { House } from "./house.ts";
import { MORE_ROWS, STEPS } from "./steps.ts";
import { type StreamDoor, streamDoors } from "./subscription-doors.ts";
import { STREAMS, type Seen, type Stream, type Watch, seenOf, watch } from "./subscriptions.ts";

interface Cell extends Watch {
  readonly door: StreamDoor;
  readonly caller: Caller;
  readonly by: Stream;
}

/** What a cell shows: the items as the table tells them, and what ended it. */
interface Shown extends Pick<Seen, "ended"> {
  readonly items: readonly unknown[];
}

/** Every subscription by every transport, all at the same time, while things happen. */
export function streamSuite(house: () => House): void {
  describe("subscriptions", () => {
    test("while they run, everyone gets what is theirs and nothing else", async () => {
      await change(house(), MORE_ROWS);
      const cells = await openAll(house());
      await vi.waitFor(() => expect(cells.filter((cell) => !hasBegun(cell)).map(nameOf)).toEqual([]), 20_000);
      for (const step of STEPS) await change(house(), step);
      await vi.waitFor(() => expect(cells.filter((cell) => !isComplete(cell)).map(nameOf)).toEqual([]), 10_000);
      for (const door of streamDoors)
        for (const by of STREAMS) {
          const own = cells.filter((cell) => cell.door === door && cell.by === by);
          const shown = await Promise.all(own.map(async (cell) => [cell.caller, await shownBy(cell)] as const));
          const must = own.map((cell) => [cell.caller, mustShow(cell)] as const);
          expect.soft(Object.fromEntries(shown), `${door.name} by ${by}`).toEqual(Object.fromEntries(must));
        }
      const limited = cells.filter(({ caller }) => caller === "reader" || caller === "self");
      expect(JSON.stringify(limited.map(({ received }) => received.items))).not.toMatch(/foreign|hidden/);
      await Promise.all(cells.map(async (cell) => await cell.stop()));
    });
  });
}

async function openAll(house: House): Promise<readonly Cell[]> {
  const [users, accounts] = await Promise.all([EventWatch.open(house, "User"), EventWatch.open(house, "Account")]);
  const after = { user: await users.cursor(), account: await accounts.cursor() };
  await Promise.all([users.close(), accounts.close()]);
  return streamDoors.flatMap((door) => {
    const variables = { after: door.field.startsWith("Subscription.user") ? after.user : after.account };
    const operation = { query: door.query, ...(door.query.includes("$after") && { variables }) };
    return CALLERS.flatMap((caller) =>
      STREAMS.map((by) => ({ door, caller, by, ...watch(house.url, by, operation, house.proofs[caller]) })),
    );
  });
}

/** Whether it has the documents that it begins with, or is refused. */
function hasBegun({ door, caller, received }: Cell): boolean {
  const must = mustShow({ door, caller, by: "SSE" }).items;
  const snapshot = must.filter((item) => Array.isArray(item) && item[0] === "SNAPSHOT");
  return received.isOver || received.items.length >= snapshot.length;
}

function isComplete({ received, ...cell }: Cell): boolean {
  return received.isOver || received.items.length >= mustShow(cell).items.length;
}

async function shownBy({ door, received }: Cell): Promise<Shown> {
  const { items, ended } = await seenOf(received);
  const told = items.map(door.told);
  return { items: door.isByKey ? told.toSorted(([, a], [, b]) => String(a).localeCompare(String(b))) : told, ended };
}

function mustShow({ door, caller, by }: Pick<Cell, "door" | "caller" | "by">): Shown {
  if (isRefused(caller)) {
    const { refused, by: code } = refusalOf(caller, by);
    return { items: [], ended: { codes: [refused], by: code } };
  }
  const cell = door.must[caller];
  return typeof cell === "string" ? { items: [], ended: { codes: [cell] } } : { items: cell, ended: undefined };
}

function nameOf({ door, caller, by, received }: Cell): string {
  return `${door.name}, ${caller}, ${by}: ${received.items.length}`;
}
