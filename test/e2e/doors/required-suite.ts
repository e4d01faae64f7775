import { describe, expect, test } from "vitest";
import { CALLERS, type Caller } from "./callers.ts";
import { isRefused, refusalOf } from "./door.ts";
import type { House } from "./house.ts";
import { STREAMS, seenOf, watch } from "./subscriptions.ts";
import { TRANSPORTS, type Transport } from "./transports.ts";

const WAYS = ["POST", "GET", "SSE", "WebSocket by connection_init", "WebSocket by headers"] as const;

/** A gateway that answers nobody who proves nothing. */
export function requiredSuite(house: () => House): void {
  describe("where a proof is required", () => {
    test.each(WAYS)("nobody without one gets as far as the schema, by %s", async (by) => {
      const query = "{ __schema { queryType { name } } }";
      const found = CALLERS.map(
        async (caller) => [caller, await TRANSPORTS[by](house().url, { query }, house().proofs[caller])] as const,
      );
      const must = CALLERS.map((caller) => [caller, expected(caller, by)] as const);
      expect(Object.fromEntries(await Promise.all(found))).toEqual(Object.fromEntries(must));
    });

    test.each(STREAMS)("or subscribes, by %s", async (by) => {
      const { received, stop } = watch(house().url, by, { query: "subscription { userChanges { id } }" }, {});
      await received.over();
      const code = by === "SSE" ? 401 : 4403;
      expect(await seenOf(received)).toEqual({ items: [], ended: { codes: ["UNAUTHENTICATED"], by: code } });
      await stop();
    });

    test("probes are answered, and nothing else is told", async () => {
      const get = async (path: string): Promise<readonly [number, string]> => {
        const response = await fetch(`${house().url}${path}`, { headers: { accept: "text/html" } });
        return [response.status, await response.text()];
      };
      expect((await get("/healthz"))[0]).toBe(200);
      const [ready, state] = await get("/readyz");
      expect([ready, state.includes("parkedKeys")]).toEqual([200, false]);
      expect(await get("/metrics")).toMatchObject([401, expect.stringContaining("UNAUTHENTICATED")]);
      // The page is for people who have a token to fill in; what there is to ask for they learn with it.
      const [page, html] = await get("/graphql");
      expect([page, /(?:users|accounts)\(.*/.exec(html)?.[0]]).toEqual([200, undefined]);
    });
  });
}

function expected(caller: Caller, by: Transport): object {
  if (isRefused(caller)) return refusalOf(caller, by);
  const isSocket = by.startsWith("WebSocket");
  if (caller === "anonymous") return { refused: "UNAUTHENTICATED", by: isSocket ? 4403 : 401 };
  return { ...(!isSocket && { status: 200 }), data: { __schema: { queryType: { name: "Query" } } }, codes: [] };
}
