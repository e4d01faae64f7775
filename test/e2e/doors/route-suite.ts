import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { z } from "zod";
import { CALLERS, type Caller } from "./callers.ts";
import { isRefused, refusalOf } from "./door.ts";
import type { House } from "./house.ts";

/** A request that isn't GraphQL's. */
interface RouteDoor {
  readonly name: string;
  readonly path: string;
  readonly method?: "GET" | "HEAD" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** What of the body is compared. */
  readonly shown?: (body: string) => unknown;
  readonly must: (caller: Caller) => { readonly status: number; readonly shown?: unknown };
}

const withCodes = z.object({ errors: z.array(z.object({ extensions: z.object({ code: z.string() }) })) });
const codes = (body: string): readonly string[] =>
  withCodes.parse(JSON.parse(body)).errors.map(({ extensions }) => extensions.code);
const keys = (body: string): readonly string[] => Object.keys(z.looseObject({}).parse(JSON.parse(body)));

/** What anybody may know of the readiness, and what administrators alone. */
const STATE = ["ready", "catalogLoaded", "stores", "caughtUp"];
const DETAILS = [
  "skippedSubjects",
  "catalogProblems",
  "refusedTopics",
  "refusedProjections",
  "missingTopics",
  "haltedPartitions",
  "waitingForCatalog",
  "parkedKeys",
  "commands",
];

const all =
  (status: number, shown?: unknown): RouteDoor["must"] =>
  () => ({ status, shown });
const metrics =
  (told: unknown, forbidden: unknown, refused: (code: string) => unknown): RouteDoor["must"] =>
  (caller) => {
    if (isRefused(caller)) return { status: 401, shown: refused(refusalOf(caller, "GET").refused) };
    return caller === "admin" ? { status: 200, shown: told } : { status: 403, shown: forbidden };
  };

const routes: readonly RouteDoor[] = [
  { name: "being alive", path: "/healthz", shown: keys, must: all(200, ["status"]) },
  {
    name: "readiness, with details for administrators",
    path: "/readyz",
    shown: keys,
    // A probe with a wrong proof asks whether the server is ready all the same.
    must: (caller) => ({ status: 200, shown: caller === "admin" ? [...STATE, ...DETAILS] : STATE }),
  },
  { name: "readiness by HEAD", path: "/readyz", method: "HEAD", shown: String, must: all(200, "") },
  {
    name: "metrics",
    path: "/metrics",
    shown: (body) => (body.startsWith("{") ? codes(body) : body.includes("eventql_")),
    must: metrics(true, ["FORBIDDEN"], (code) => [code]),
  },
  {
    name: "metrics by HEAD",
    path: "/metrics",
    method: "HEAD",
    shown: String,
    must: metrics("", "", () => ""),
  },
  { name: "metrics by POST", path: "/metrics", method: "POST", shown: codes, must: all(405, ["BAD_USER_INPUT"]) },
  { name: "metrics by another spelling", path: "//metrics", shown: codes, must: all(404, ["BAD_USER_INPUT"]) },
  { name: "a path with nothing", path: "/admin", shown: codes, must: all(404, ["BAD_USER_INPUT"]) },
  {
    name: "a query that a foreign page can make a browser send by GET",
    path: `/graphql?query=${encodeURIComponent("{ users { id } }")}`,
    shown: codes,
    must: all(403, ["FORBIDDEN"]),
  },
  {
    name: "a query that a foreign page can make a browser send by POST",
    path: "/graphql",
    method: "POST",
    headers: { "content-type": "text/plain" },
    body: JSON.stringify({ query: "{ users { id } }" }),
    shown: codes,
    must: all(403, ["FORBIDDEN"]),
  },
];

/** Every path by every caller, and which pages may connect. */
export function routeSuite(house: () => House): void {
  describe("paths", () => {
    test.each(routes)("$name", async (door) => {
      const { url, proofs } = house();
      const found = CALLERS.map(async (caller) => [caller, await ask(url, door, proofs[caller])] as const);
      const must = CALLERS.map((caller) => [caller, door.must(caller)] as const);
      expect(Object.fromEntries(await Promise.all(found))).toEqual(Object.fromEntries(must));
    });

    test.each([
      ["of another site", "https://evil.example", 403],
      ["of a site with a like name", "http://localhost.evil.example", 403],
      ["that hides where it comes from", "null", 403],
      ["of this machine", "http://localhost:3000", 101],
    ])("a page %s asks for a WebSocket, whoever visits it", async (_page, origin, status) => {
      const { url, proofs } = house();
      const found = CALLERS.map(async (caller) => [caller, await upgrade(url, origin, proofs[caller])] as const);
      const must = CALLERS.map((caller) => [caller, status] as const);
      expect(Object.fromEntries(await Promise.all(found))).toEqual(Object.fromEntries(must));
    });

    test.each(["anonymous", "admin", "forged"] as const)("GraphiQL knows no rows, asked by %s", async (caller) => {
      const { url, proofs } = house();
      const response = await fetch(`${url}/graphql`, { headers: { accept: "text/html", ...proofs[caller] } });
      const page = await response.text();
      expect([response.status, page.includes("GraphiQL"), page.includes("ada@own")]).toEqual([200, true, false]);
    });

    test("a page of another site may not read answers", async () => {
      const { url, proofs } = house();
      const answers = ["https://evil.example", "null", "http://localhost:3000"].map(async (origin) => {
        const headers = { origin, "access-control-request-method": "POST" };
        const preflight = await fetch(`${url}/graphql`, { method: "OPTIONS", headers });
        const query = await fetch(`${url}/graphql?query={users{id}}`, {
          headers: { ...proofs.admin, "eventql-csrf": "1", origin },
        });
        return [preflight, query].map((response) => response.headers.get("access-control-allow-origin"));
      });
      expect(await Promise.all(answers)).toEqual([
        [null, null],
        [null, null],
        ["http://localhost:3000", "http://localhost:3000"],
      ]);
    });
  });
}

async function ask(
  url: string,
  { path, method = "GET", headers, body, shown }: RouteDoor,
  proofs: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly shown: unknown }> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...headers, ...proofs },
    ...(body !== undefined && { body }),
  });
  return { status: response.status, shown: shown?.(await response.text()) };
}

/** The status that a request for a WebSocket is answered with. */
async function upgrade(url: string, origin: string, headers: Readonly<Record<string, string>>): Promise<number> {
  const socket = new WebSocket(`${url}/graphql`.replace("http", "ws"), "graphql-transport-ws", { origin, headers });
  const refused = Promise.withResolvers<number>();
  socket.once("unexpected-response", (request, { statusCode = 0 }) => {
    request.destroy();
    refused.resolve(statusCode);
  });
  socket.on("error", () => {});
  const status = await Promise.race([once(socket, "open").then(() => 101), refused.promise]);
  socket.terminate();
  return status;
}
