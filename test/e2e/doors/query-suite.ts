import { describe, expect, test } from "vitest";
import { CALLERS } from "./callers.ts";
import { columnDoors } from "./column-doors.ts";
import { type Door, expected } from "./door.ts";
import type { House } from "./house.ts";
import { queryDoors } from "./query-doors.ts";
import { type Outcome, TRANSPORTS, type Transport } from "./transports.ts";

/** Every query by every transport. */
export function querySuite(house: () => House): void {
  describe("queries", () => {
    test.each(["POST", "GET", "SSE", "WebSocket by connection_init", "WebSocket by headers"] as const)(
      "by %s",
      async (by) => {
        for (const door of [...queryDoors(house()), ...columnDoors()])
          expect.soft(await outcomes(house(), door, by), door.name).toEqual(table(door, by));
      },
    );
  });
}

async function outcomes({ url, proofs }: House, { operation }: Door, by: Transport): Promise<Record<string, Outcome>> {
  const all = CALLERS.map(async (caller) => [caller, await TRANSPORTS[by](url, operation, proofs[caller])] as const);
  return Object.fromEntries(await Promise.all(all));
}

/** What every caller must get. */
export function table(door: Door, by: Transport): Record<string, Outcome> {
  return Object.fromEntries(CALLERS.map((caller) => [caller, expected(door, caller, by)]));
}
