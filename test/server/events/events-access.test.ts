import { describe, expect, it } from "vitest";
import type { Authorize } from "../../../src/security/authorize.ts";
import { ask, openHouse } from "./events-house.ts";

const move = (id: string, city: string): object => ({ id, type: "PersonMoved", payload: { city } });
const name = (id: string, text: string): object => ({ id, type: "PersonNamed", payload: { name: text } });
const RAW = { accept: "application/vnd.eventql.records+json" };

/** Callers by their header `x-who`. */
const authorize: Authorize = ({ headers }, action, aggregate) => {
  const who = headers["x-who"];
  if (who === "admin") return { allow: true };
  if (action === "administer" || aggregate !== "Person") return { allow: false, reason: "it is not theirs" };
  if (who === "reader")
    return action === "append" ? { allow: false, reason: "they read" } : { allow: true, columns: new Set(["city"]) };
  if (who === "owner") return { allow: true, filter: { _id: "a" } };
  if (who === "tenant") return { allow: true, filter: { city: "Rome" } };
  if (who === "mover") return { allow: true, events: new Set(["PersonMoved"]), tombstones: false };
  return { allow: false, reason: "nobody knows them" };
};

describe("what callers may do with events", () => {
  it("is what the policy says: appends by event type", async () => {
    const { url } = await openHouse({ authorize });
    const as = async (who: string, body: unknown) => await ask(`${url}/events/people`, body, { "x-who": who });
    expect(await as("mover", move("a", "Rome"))).toMatchObject({ status: 201 });
    const forbidden = { status: 403, errors: [{ extensions: { code: "FORBIDDEN" } }] };
    expect(await as("mover", name("a", "Ada"))).toMatchObject(forbidden);
    expect(await as("mover", { id: "a", type: null })).toMatchObject(forbidden);
    expect(await as("mover", [move("a", "Oslo"), name("a", "Ada")])).toMatchObject({
      ...forbidden,
      errors: [{ extensions: { code: "FORBIDDEN", details: { index: 1 } } }],
    });
    expect(await as("reader", move("a", "Oslo"))).toMatchObject(forbidden);
    expect(await as("stranger", move("a", "Oslo"))).toMatchObject(forbidden);
  });

  it("shows the columns that they may see, and the keys", async () => {
    const { url } = await openHouse({ authorize });
    const as = async (who: string, query = "") =>
      await ask(`${url}/events/people${query}`, undefined, { "x-who": who });
    await ask(`${url}/events/people`, [move("a", "Rome"), name("a", "Ada"), move("b", "Oslo")], { "x-who": "admin" });
    const shown = await as("reader");
    expect(JSON.stringify(shown.body)).not.toContain("Ada");
    expect(shown.body["events"]).toHaveLength(3);
    const own = await as("owner");
    expect(JSON.stringify(own.body)).not.toContain("Oslo");
    expect(own.body["events"]).toHaveLength(2);
    expect((await as("owner", "?key=b")).body["events"]).toEqual([]);
    expect(await as("tenant")).toMatchObject({ status: 403 });
    expect(await as("tenant", "?key=a")).toMatchObject({ status: 403 });
    expect(await as("stranger")).toMatchObject({ status: 403 });
    expect(await ask(`${url}/events/people/stream`, undefined, { "x-who": "tenant" })).toMatchObject({ status: 403 });
  });

  it("names the topics of theirs alone", async () => {
    const { url } = await openHouse({ authorize });
    const topicsOf = async (who: string) => (await ask(`${url}/events`, undefined, { "x-who": who })).body["topics"];
    expect(await topicsOf("reader")).toMatchObject([{ topic: "people" }]);
    expect(await topicsOf("stranger")).toEqual([]);
  });

  it("tells those who may do nothing of no topics and no types", async () => {
    const { url } = await openHouse({ authorize });
    const as = async (path: string, body?: unknown) =>
      await ask(`${url}/events/${path}`, body, { "x-who": "stranger" });
    const answers = [
      await as("peopl"),
      await as("people", { type: "PersonMove", payload: {} }),
      await as("people", {}),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 403, 403]);
    expect(JSON.stringify(answers)).not.toMatch(/people\b.*accounts|Did you mean|PersonMoved/);
  });

  it("gives raw records to nobody where other machines are let in without a proof", async () => {
    const { url } = await openHouse({ allowAnonymous: true });
    expect(await ask(`${url}/events/people/offsets`)).toMatchObject({ status: 403 });
    expect(await ask(`${url}/events/people`)).toMatchObject({ status: 200 });
    const { url: own } = await openHouse();
    expect((await fetch(`${own}/events/people/offsets`)).status).toBe(200);
  });

  it("tells of somebody else's command no more than they may read", async () => {
    const owner: Authorize = (context, action, aggregate) =>
      context.headers["x-who"] === "owner" && action !== "administer"
        ? { allow: true, ...(action === "read" && { filter: { _id: "own" } }) }
        : authorize(context, action, aggregate);
    const { url } = await openHouse({ authorize: owner });
    const as = async (who: string, query: string, body: unknown) =>
      (await ask(`${url}/events/accounts${query}`, body, { "x-who": who })).body;
    const credit = (id: string, more: object = {}) => ({ id, payload: { amount: 1 }, ...more });
    await as("admin", "", credit("a", { commandId: "c1" }));
    await as("admin", "?transaction=true&commandId=t1", [credit("a"), credit("b")]);
    const other = await as("owner", "?timeoutMs=5000", credit("own", { commandId: "c1" }));
    expect(other).toMatchObject({ id: "own", status: "PENDING" });
    expect(other).not.toHaveProperty("offset");
    expect(await as("owner", "?transaction=true&commandId=t1", [credit("own")])).toMatchObject({
      status: "APPENDED",
      events: [],
    });
    expect(await as("owner", "", credit("a", { ifVersion: 999 }))).toEqual({
      id: "a",
      receipt: expect.any(String),
      commandId: expect.any(String),
      status: "REJECTED",
      rejection: { code: "VERSION_CONFLICT", message: "The key's version is not as it should be." },
    });
    const own = await as("owner", "", credit("own", { commandId: "c2" }));
    expect(own).toMatchObject({ status: "APPENDED", offset: expect.any(Number) });
    expect(await as("owner", "", credit("own", { commandId: "c2" }))).toEqual(own);
  });

  it("takes ids of commands of the length that GraphQL takes", async () => {
    const { url } = await openHouse();
    const append = async (commandId: string, query = "") =>
      await ask(
        `${url}/events/accounts${query}`,
        query === "" ? { payload: { amount: 1 }, commandId } : [{ payload: { amount: 1 } }],
      );
    const refused = { status: 400, errors: [{ extensions: { code: "BAD_USER_INPUT" } }] };
    expect(await append("c".repeat(200))).toMatchObject({ status: 201 });
    expect(await append("c".repeat(201))).toMatchObject(refused);
    expect(await append("", `?transaction=true&commandId=${"c".repeat(201)}`)).toMatchObject(refused);
  });

  it("gives raw records to administrators alone", async () => {
    const { url } = await openHouse({ authorize });
    const paths = [
      "/events",
      "/events/people/description",
      "/events/people/offsets",
      "/events/people/records?partition=0&from=0",
    ];
    for (const path of paths) {
      expect(await ask(`${url}${path}`, undefined, { ...RAW, "x-who": "reader" })).toMatchObject({ status: 403 });
      const { status } = await fetch(`${url}${path}`, { headers: { ...RAW, "x-who": "admin" } });
      expect(status).toBe(200);
    }
    const records = { records: [{ key: "a", value: null }] };
    const headers = { ...RAW, "content-type": RAW.accept };
    expect(await ask(`${url}/events/people/records`, records, { ...headers, "x-who": "mover" })).toMatchObject({
      status: 403,
    });
    expect(await ask(`${url}/events/people/records`, records, { ...headers, "x-who": "admin" })).toMatchObject({
      status: 200,
    });
  });
});
