import { createClient } from "graphql-ws";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { z } from "zod";
import { graphql } from "../../support/graphql-client.ts";
import { change } from "./admin.ts";
import { CALLERS, type Caller } from "./callers.ts";
import { isRefused, refusalOf } from "./door.ts";
import type { House } from "./house.ts";

const changed = z.record(z.string(), z.object({ user: z.object({ _meta: z.object({ offset: z.string() }) }) }));
const codes = z.object({ errors: z.array(z.object({ extensions: z.looseObject({ code: z.string() }) })) });
const explained = z.object({ extensions: z.object({ explain: z.array(z.looseObject({ collection: z.string() })) }) });

/** A request for how its reads are carried out: what is told shows the filters that limit what callers see. */
const EXPLAINED = {
  query: '{ users(where: { firstname: { eq: "Ada" } }) { id } }',
  extensions: { explain: true },
};

/** What one learns by asking twice, or by what is not an answer. */
export function attackSuite(house: () => House): void {
  describe("learning by the way", () => {
    test("what was is shown to who may see both what it is and what it was", async () => {
      const past = await lives(house());
      const as = async (caller: Caller, id: string, offset: string): Promise<unknown> => {
        const query = `{ user(id: "${id}", asOf: { offset: "${offset}" }) { firstname } }`;
        const { data, errors } = await graphql(house().url, query, {}, house().proofs[caller]);
        expect(errors).toBeUndefined();
        return data?.["user"];
      };
      const all = async (caller: Caller): Promise<unknown> => {
        const seen = past.map(async ({ id, offset }) => [`${id} ${offset}`, await as(caller, id, offset)] as const);
        return Object.fromEntries(await Promise.all(seen));
      };
      const must = (shown: (one: (typeof past)[number]) => boolean): unknown =>
        Object.fromEntries(
          past.map((one) => [`${one.id} ${one.offset}`, shown(one) ? { firstname: one.firstname } : null]),
        );
      expect(await all("admin")).toEqual(must(() => true));
      // Of two who are theirs at times: what the one was, since it is theirs now, while it was theirs.
      expect(await all("reader")).toEqual(must(({ id, last }) => id === "came" && last === "ann"));
      expect(await all("self")).toEqual(must(() => false));
    });

    test("what was is not told apart from what never was", async () => {
      const { url, proofs } = house();
      const now = new Date().toISOString();
      for (const caller of ["reader", "self"] as const)
        for (const asOf of [
          'offset: "0"',
          'offset: "999999999"',
          `timestamp: "${now}"`,
          'timestamp: "1970-01-01T00:00:00Z"',
        ])
          expect(await ask(url, `asOf: { ${asOf} }`, "bob", proofs[caller])).toEqual(
            await ask(url, `asOf: { ${asOf} }`, "nobody", proofs[caller]),
          );
    });

    test.each(["POST", "GET", "SSE", "WebSocket"] as const)(
      "how a read is carried out is told to administrators alone, by %s",
      async (by) => {
        const told = await Promise.all(
          CALLERS.map(async (caller) => [caller, await explain(house(), by, caller)] as const),
        );
        const others = told.filter(([caller]) => caller !== "admin");
        expect(explained.parse(new Map(told).get("admin")).extensions.explain).toHaveLength(1);
        expect(Object.fromEntries(others)).toEqual(
          Object.fromEntries(others.map(([caller]) => [caller, refused(by, caller)])),
        );
      },
    );

    test("no complaint about a request says what is hidden", async () => {
      const { url, proofs } = house();
      for (const query of [
        "{ accounts { pi } }",
        "{ accounts { pinn auditr } }",
        "{ accounts(where: { pinn: {} }) { id } }",
        "{ accounts(where: { auditr: {} }) { id } }",
        "{ accounts(orderBy: [{ pinn: ASC }]) { id } }",
        "{ accounts(distinct: [pinn]) { id } }",
        "{ accountsAggregate(groupBy: [pinn]) { max { auditr } } }",
        "{ users { accountsByAuditr { id } } }",
        '{ accountEvents(id: "own") { nodes { ... on AccountOpened { pi auditr } } } }',
      ])
        for (const caller of ["anonymous", "reader", "admin"] as const) {
          const { errors } = await graphql(url, query, {}, proofs[caller]);
          expect(codes.parse({ errors }).errors.map(({ extensions }) => extensions.code)).toContain("BAD_USER_INPUT");
          expect(JSON.stringify(errors)).not.toMatch(/\b(?:pin|auditor|accountsByAuditor)\b/);
        }
    });

    test("a refusal doesn't tell what it refuses", async () => {
      const { url, proofs } = house();
      for (const query of [
        '{ users(where: { email: { eq: "foreign" } }) { id } }',
        "{ usersAggregate(groupBy: [email]) { count } }",
        '{ accounts(where: { user: { email: { eq: "foreign" } } }) { id } }',
        '{ user(id: "ann") { accountsByMembers { balance } } }',
      ]) {
        const { data, errors } = await graphql(url, query, {}, proofs.self);
        expect(codes.parse({ errors }).errors).toHaveLength(1);
        expect(JSON.stringify({ data, errors })).not.toMatch(/foreign|bob|strangers|1000/);
      }
    });
  });
}

/** A row that was somebody else's before it was ann's, and one the other way round: its states in their order. */
async function lives(
  house: House,
): Promise<
  readonly { readonly id: string; readonly offset: string; readonly firstname: string; readonly last: string }[]
> {
  const steps = [
    ["came", "bob"],
    ["came", "ann"],
    ["came", "bob"],
    ["came", "ann"],
    ["went", "ann"],
    ["went", "bob"],
  ] as const;
  const states = [];
  for (const [index, [id, last]] of steps.entries()) {
    const firstname = `${id} ${index}`;
    const did = await change(
      house,
      `did: userChanged(id: "${id}", input: { first_name: "${firstname}", last_name: "${last}" }) {
        status user { _meta { offset } }
      }`,
    );
    const { did: one } = changed.parse(did);
    states.push({ id, offset: one?.user._meta.offset ?? "", firstname, last });
  }
  return states;
}

async function ask(url: string, asOf: string, id: string, proofs: Readonly<Record<string, string>>): Promise<unknown> {
  const { data, errors } = await graphql(url, `{ user(id: "${id}", ${asOf}) { firstname } }`, {}, proofs);
  return { data, errors: errors?.map(({ message }) => message) };
}

type By = "POST" | "GET" | "SSE" | "WebSocket";

async function explain({ url, proofs }: House, by: By, caller: Caller): Promise<unknown> {
  if (by === "WebSocket") return await explainBySocket(url, proofs[caller]);
  const { query, extensions } = EXPLAINED;
  const headers = { ...proofs[caller], "eventql-csrf": "1" };
  if (by === "GET") {
    const parameters = new URLSearchParams({ query, extensions: JSON.stringify(extensions) });
    return await bodyOf(await fetch(`${url}/graphql?${parameters.toString()}`, { headers }));
  }
  const accept = by === "SSE" ? "text/event-stream" : "application/json";
  const sent = { ...headers, accept, "content-type": "application/json" };
  return await bodyOf(
    await fetch(`${url}/graphql`, { method: "POST", headers: sent, body: JSON.stringify(EXPLAINED) }),
  );
}

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text();
  const body: unknown = JSON.parse(/^event: next\ndata: (.*)$/m.exec(text)?.[1] ?? text);
  const { data } = codes.safeParse(body);
  return data === undefined ? body : { codes: data.errors.map(({ extensions }) => extensions.code) };
}

async function explainBySocket(url: string, connectionParams: Readonly<Record<string, string>>): Promise<unknown> {
  const client = createClient({
    url: `${url}/graphql`.replace("http", "ws"),
    webSocketImpl: WebSocket,
    connectionParams,
    retryAttempts: 0,
  });
  const ended = Promise.withResolvers<unknown>();
  client.subscribe(EXPLAINED, {
    next: (result) => {
      const { data } = codes.safeParse(result);
      ended.resolve(data === undefined ? result : { codes: data.errors.map(({ extensions }) => extensions.code) });
    },
    error: (failure) => {
      const { data } = codes.safeParse({ errors: failure });
      const { data: closed } = z.object({ reason: z.string() }).safeParse(failure);
      ended.resolve({
        codes: data?.errors.map(({ extensions }) => extensions.code) ?? [closed?.reason.replace(/: .*$/, "")],
      });
    },
    complete: () => ended.resolve(undefined),
  });
  const told = await ended.promise;
  await client.dispose();
  return told;
}

function refused(by: By, caller: Caller): unknown {
  const transport = by === "WebSocket" ? "WebSocket by connection_init" : by;
  return { codes: [isRefused(caller) ? refusalOf(caller, transport).refused : "FORBIDDEN"] };
}
