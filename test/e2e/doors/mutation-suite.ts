import { describe, expect, test } from "vitest";
import { EventWatch } from "./admin.ts";
import { administrationMutationDoors } from "./administration-doors.ts";
import { CALLERS, type Caller } from "./callers.ts";
import { commandDoors, heardDoor } from "./command-doors.ts";
import type { Role } from "./door.ts";
import type { House } from "./house.ts";
import { type MutationDoor, mutationDoors } from "./mutation-doors.ts";
import { table } from "./query-suite.ts";
import { STREAMS } from "./subscriptions.ts";
import { type Outcome, TRANSPORTS, type Transport } from "./transports.ts";

const doors = [...mutationDoors, ...commandDoors, ...administrationMutationDoors];

const WAYS = ["POST", "SSE", "WebSocket by connection_init", "WebSocket by headers"] as const;

/** Every mutation by every transport; what is denied leaves nothing in the log. */
export function mutationSuite(house: () => House): void {
  describe("mutations", () => {
    test("by all transports, and what they append", async () => {
      const watches = await Promise.all(
        (["User", "Account", "Tally"] as const).map(async (aggregate) => await EventWatch.open(house(), aggregate)),
      );
      for (const by of WAYS)
        for (const door of doors)
          expect.soft(await outcomes(house(), door, by), `${door.name} by ${by}`).toEqual(table(door, by));
      const appended = doors.flatMap((door) => WAYS.flatMap((by) => appendedBy(door, by)));
      const seen = await Promise.all(watches.map(async (watch) => await watch.events()));
      expect(seen.flat().toSorted()).toEqual(appended.toSorted());
      await Promise.all(watches.map(async (watch) => await watch.close()));
    });

    test.each(STREAMS)("and being told how one ended, by %s", async (by) => {
      const { url, proofs } = house();
      const told = CALLERS.map(
        async (caller) => [caller, await TRANSPORTS[by](url, heardDoor.operation, proofs[caller])] as const,
      );
      expect(Object.fromEntries(await Promise.all(told))).toEqual(table(heardDoor, by));
    });

    test("none by GET", async () => {
      const { url, proofs } = house();
      const query = 'mutation { deleteUser(id: "ann") { status } }';
      expect(await TRANSPORTS.GET(url, { query }, proofs.admin)).toEqual({ status: 405, codes: ["BAD_USER_INPUT"] });
      expect(await TRANSPORTS.POST(url, { query: '{ user(id: "ann") { id } }' }, proofs.admin)).toMatchObject({
        data: { user: { id: "ann" } },
      });
    });
  });
}

/** One caller after the other: some append to the same row. */
async function outcomes(
  { url, proofs, tally }: House,
  door: MutationDoor,
  by: Transport,
): Promise<Record<string, Outcome>> {
  const found: Record<string, Outcome> = {};
  for (const caller of CALLERS) {
    const variables = { id: keyOf(door, by, caller), tally };
    found[caller] = await TRANSPORTS[by](url, { ...door.operation, variables }, proofs[caller]);
  }
  return found;
}

function keyOf({ name, row }: MutationDoor, by: Transport, caller: Caller): string {
  return row ?? `${name}, ${by}, ${caller}`;
}

function appendedBy(door: MutationDoor, by: Transport): readonly string[] {
  return CALLERS.flatMap((caller) =>
    (isRole(caller, door) ? (door.appended[caller] ?? []) : []).map((type) => `${type} ${keyOf(door, by, caller)}`),
  );
}

function isRole(caller: Caller, { must }: MutationDoor): caller is Role {
  return caller in must;
}
