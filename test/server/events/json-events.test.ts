import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ask, openHouse } from "./events-house.ts";

const Page = z.object({
  events: z.array(z.looseObject({ id: z.string() })),
  cursor: z.string().nullable(),
  more: z.boolean(),
});

describe("POST /events/<topic>", () => {
  it("appends one event, and says where it is", async () => {
    const { url } = await openHouse();
    const { status, body } = await ask(`${url}/events/people`, {
      id: "a",
      type: "PersonNamed",
      payload: { name: "Ada" },
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({ id: "a", status: "APPENDED", topic: "people", offset: 0, version: 0 });
    expect(body["receipt"]).toEqual(expect.any(String));
  });

  it("makes an id, and takes that of the field that holds it", async () => {
    const { url } = await openHouse();
    const made = await ask(`${url}/events/people`, { type: "PersonMoved", data: { city: "London" } });
    expect(made.body["id"]).toMatch(/^[0-9a-f-]{36}$/);
    const taken = await ask(`${url}/events/people`, { type: "PersonNamed", payload: { id: "b", name: "Bob" } });
    expect(taken.body).toMatchObject({ id: "b" });
    const other = await ask(`${url}/events/people`, {
      id: "c",
      type: "PersonNamed",
      payload: { id: "b", name: "Bob" },
    });
    expect(other).toMatchObject({ status: 400, errors: [{ extensions: { code: "EVENT_INVALID" } }] });
  });

  it("appends several, those of a key in their order, and answers for each", async () => {
    const { url } = await openHouse();
    const events = ["1", "2", "3"].map((city) => ({ id: "a", type: "PersonMoved", payload: { city } }));
    const { status, body } = await ask(`${url}/events/people`, [...events, { id: "a", type: null }]);
    expect(status).toBe(201);
    expect(body["events"]).toMatchObject([0, 1, 2, 3].map((offset) => ({ id: "a", status: "APPENDED", offset })));
    await expect
      .poll(async () => Page.parse((await ask(`${url}/events/people?key=a`)).body).events)
      .toMatchObject([
        { payload: { city: "1" } },
        { payload: { city: "2" } },
        { payload: { city: "3" } },
        { type: null },
      ]);
  });

  it("appends nothing where one of several doesn't fit, and names it and its fields", async () => {
    const { url } = await openHouse();
    const events = [
      { id: "a", type: "PersonMoved", payload: { city: "Rome" } },
      { id: "b", type: "PersonMoved", payload: { city: 7, planet: "Mars" } },
    ];
    const { status, errors } = await ask(`${url}/events/people`, events);
    expect(status).toBe(400);
    expect(errors[0]?.message).toMatch(/Event 1: .*city.*planet/s);
    expect(errors[0]?.extensions).toMatchObject({ code: "EVENT_INVALID", details: { index: 1 } });
    expect((await ask(`${url}/events/people`)).body["events"]).toEqual([]);
  });

  it.each([
    ["a body that is no JSON", "{", 400, "BAD_USER_INPUT"],
    ["an unknown member", { typo: 1, type: "PersonMoved" }, 400, "BAD_USER_INPUT"],
    ["no events", [], 400, "BAD_USER_INPUT"],
    ["an unknown type", { type: "PersonMovd", payload: {} }, 400, "EVENT_TYPE_UNKNOWN"],
    ["no type where there are several", { payload: { city: "x" } }, 400, "BAD_USER_INPUT"],
    ["an empty id", { id: "", type: "PersonMoved", payload: { city: "x" } }, 400, "KEY_INVALID"],
    ["a tombstone of no key", { type: null }, 400, "BAD_USER_INPUT"],
    ["too much", { type: "PersonMoved", payload: { city: "x".repeat(2_000_000) } }, 413, "EVENT_TOO_LARGE"],
  ])("refuses %s", async (_what, body, status, code) => {
    const { url } = await openHouse();
    expect(await ask(`${url}/events/people`, body)).toMatchObject({ status, errors: [{ extensions: { code } }] });
  });

  it("refuses a content type that a foreign page could send", async () => {
    const { url } = await openHouse();
    const answer = await ask(
      `${url}/events/people`,
      { type: "PersonMoved", payload: { city: "x" } },
      { "content-type": "text/plain" },
    );
    expect(answer).toMatchObject({ status: 400, errors: [{ extensions: { code: "BAD_USER_INPUT" } }] });
  });

  it("refuses an expected version on an open topic, and an unknown topic", async () => {
    const { url } = await openHouse();
    const event = { id: "a", type: "PersonMoved", payload: { city: "Rome" }, ifVersion: 0 };
    expect(await ask(`${url}/events/people`, event)).toMatchObject({
      status: 409,
      errors: [{ extensions: { code: "NOT_OWNED" } }],
    });
    expect(await ask(`${url}/events/peple`, event)).toMatchObject({
      status: 404,
      errors: [{ extensions: { code: "TOPIC_NOT_FOUND" } }],
    });
  });

  it("takes CloudEvents, one and many", async () => {
    const { url } = await openHouse();
    const event = {
      specversion: "1.0",
      id: "e1",
      source: "/test",
      type: "house.PersonMoved",
      subject: "a",
      data: { city: "Oslo" },
    };
    const one = await ask(`${url}/events/people`, event, { "content-type": "application/cloudevents+json" });
    expect(one).toMatchObject({ status: 201, body: { id: "a" } });
    const many = await ask(`${url}/events/people`, [event, event], {
      "content-type": "application/cloudevents-batch+json; charset=utf-8",
    });
    expect(many).toMatchObject({ status: 201, body: { events: [{ offset: 1 }, { offset: 2 }] } });
  });
});

describe("GET /events", () => {
  it("names the topics", async () => {
    const { url } = await openHouse();
    expect((await ask(`${url}/events`)).body["topics"]).toMatchObject([
      { topic: "accounts", owned: true, transactions: true, eventTypes: ["AccountCredited"] },
      { topic: "people", owned: false, transactions: false },
    ]);
  });

  it("reads all keys by pages, and never shows what is hidden", async () => {
    const { url } = await openHouse();
    const ids = Array.from({ length: 25 }, (_, index) => `p${index}`);
    await ask(
      `${url}/events/people`,
      ids.map((id) => ({ id, type: "PersonNamed", payload: { name: id, secret: "hush" } })),
    );
    const found: string[] = [];
    let after = "";
    for (let more = true; more;) {
      const answer = await ask(`${url}/events/people?limit=10${after && `&after=${after}`}`);
      const page = Page.parse(answer.body);
      expect(page.events.length).toBeLessThanOrEqual(10);
      expect(JSON.stringify(answer.body)).not.toContain("hush");
      found.push(...page.events.map(({ id }) => id));
      ({ more } = page);
      after = page.cursor ?? "";
    }
    expect(found.toSorted()).toEqual(ids.toSorted());
  });

  it("reads one key by pages", async () => {
    const { url } = await openHouse();
    await ask(
      `${url}/events/people`,
      ["1", "2", "3"].map((city) => ({ id: "a", type: "PersonMoved", payload: { city, since: "9007199254740993" } })),
    );
    await expect.poll(async () => Page.parse((await ask(`${url}/events/people?key=a`)).body).events.length).toBe(3);
    const first = Page.parse((await ask(`${url}/events/people?key=a&limit=2`)).body);
    expect(first).toMatchObject({
      more: true,
      events: [{ payload: { city: "1", since: "9007199254740993" } }, { payload: { city: "2" } }],
    });
    const second = Page.parse((await ask(`${url}/events/people?key=a&limit=2&after=${first.cursor}`)).body);
    expect(second).toMatchObject({ more: false, events: [{ payload: { city: "3" } }] });
    const last = Page.parse((await ask(`${url}/events/people?key=a&after=${second.cursor}`)).body);
    expect(last).toEqual({ events: [], cursor: second.cursor, more: false });
  });

  it.each([
    ["a wrong limit", "limit=x", 400, "BAD_USER_INPUT"],
    ["an unknown parameter", "lmit=1", 400, "BAD_USER_INPUT"],
    ["too large a page", "limit=100000", 429, "LIMIT_EXCEEDED"],
    ["a made-up cursor", "after=abc", 400, "CURSOR_INVALID"],
    ["a made-up cursor of a key", "key=a&after=abc", 400, "BAD_USER_INPUT"],
  ])("refuses %s", async (_what, query, status, code) => {
    const { url } = await openHouse();
    expect(await ask(`${url}/events/people?${query}`)).toMatchObject({ status, errors: [{ extensions: { code } }] });
  });
});

describe("an owned topic", () => {
  it("holds appends to an expected version, and repeats to their first outcome", async () => {
    const { url } = await openHouse();
    const credit = (extra: object) => ask(`${url}/events/accounts`, { id: "a", payload: { amount: 1 }, ...extra });
    const first = await credit({ ifVersion: "NO_STREAM", commandId: "c1" });
    expect(first).toMatchObject({ status: 201, body: { status: "APPENDED", commandId: "c1" } });
    expect(await credit({ ifVersion: "NO_STREAM", commandId: "c1" })).toMatchObject({
      status: 201,
      body: { offset: first.body["offset"] },
    });
    expect(await credit({ ifVersion: "NO_STREAM" })).toMatchObject({
      status: 409,
      body: { status: "REJECTED", rejection: { code: "VERSION_CONFLICT", currentVersion: first.body["version"] } },
    });
  });

  it("appends events of several keys as one", async () => {
    const { url } = await openHouse();
    const events = ["a", "b"].map((id) => ({ id, payload: { amount: 5 } }));
    const { status, body } = await ask(`${url}/events/accounts?transaction=true`, events);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      status: "APPENDED",
      transaction: expect.any(Number),
      events: [{ id: "a" }, { id: "b" }],
    });
    const refused = await ask(`${url}/events/people?transaction=true`, [
      { id: "a", type: "PersonMoved", payload: { city: "x" } },
    ]);
    expect(refused).toMatchObject({ status: 409, errors: [{ extensions: { code: "NOT_OWNED" } }] });
  });
});
