import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EventQLError } from "../../../src/errors.ts";
import type { Authorize, Decision, Identity } from "../../../src/security/authorize.ts";
import { appuser } from "../example-catalogs.ts";
import { change } from "./items.ts";
import { Live, codeOf } from "./live.ts";

const NAMES = "subscription { userChanges { id user { firstname } } }";
const NOW = Date.parse("2024-05-17T10:00:00Z");
const DAY_MS = 86_400_000;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
});

afterEach(() => {
  vi.useRealTimers();
});

function until(expiresAt: number): Identity {
  return { role: "user", claims: { sub: "a" }, expiresAt };
}

describe("a token that expires", () => {
  it("ends the subscription with the cursor, though nothing happens", async () => {
    const live = new Live(appuser);
    const inbox = await live.follow(NAMES, { identity: until(NOW + 60_000) });
    live.changes.emit(change("1"));
    vi.advanceTimersByTime(59_999);
    expect(inbox.errors).toBeUndefined();
    vi.advanceTimersByTime(1);
    expect(inbox.errors).toMatchObject([
      {
        message: expect.stringContaining("subscribe anew"),
        extensions: { code: "TOKEN_EXPIRED", details: { cursor: "after 1" } },
      },
    ]);
    expect(live.changes.last.isClosed()).toBe(true);
  });

  it("ends an iterated subscription at once: what waits is dropped, and its cursor is that of the last one taken", async () => {
    const live = new Live(appuser);
    const stream = await live.iterate(NAMES, { identity: until(NOW + 60_000) });
    for (const id of ["1", "2", "3"]) live.changes.emit(change(id));
    await stream.next();
    vi.advanceTimersByTime(60_000);
    await expect(stream.next()).rejects.toMatchObject({ code: "TOKEN_EXPIRED", details: { cursor: "after 1" } });
  });

  it.each([
    ["that was given", { after: "given" }, "given"],
    ["that the feed began with", {}, "begin"],
  ])("where nothing came yet, gives the cursor %s", async (_what, variables, cursor) => {
    const live = new Live(appuser);
    live.changes.startCursor = "begin";
    const query = "subscription ($after: Cursor) { userChanges(after: $after) { id } }";
    const inbox = await live.follow(query, { variables, identity: until(NOW + 1) });
    vi.advanceTimersByTime(1);
    expect(inbox.errors).toMatchObject([{ extensions: { code: "TOKEN_EXPIRED", details: { cursor } } }]);
  });

  it("ends nothing before it does, be it far", async () => {
    const live = new Live(appuser);
    const inbox = await live.follow(NAMES, { identity: until(NOW + 100 * DAY_MS) });
    vi.advanceTimersByTime(100 * DAY_MS - 1);
    expect(inbox.errors).toBeUndefined();
    vi.advanceTimersByTime(1);
    expect(inbox.errors).toMatchObject([{ extensions: { code: "TOKEN_EXPIRED" } }]);
  });

  it("can't begin one", async () => {
    const live = new Live(appuser);
    await expect(codeOf(live.follow(NAMES, { identity: until(NOW) }))).resolves.toBe("TOKEN_EXPIRED");
    await expect(codeOf(live.iterate(NAMES, { identity: until(NOW) }))).resolves.toBe("TOKEN_EXPIRED");
    expect(live.changes.subscribed).toEqual([]);
    expect(live.begunAndEnded.map(([, by]) => by)).toEqual([1, -1, 1, -1]);
  });

  it("leaves no timer behind", async () => {
    const live = new Live(appuser);
    live.changes.refusal = new EventQLError("CURSOR_EXPIRED", "too old");
    await codeOf(live.follow(NAMES, { identity: until(NOW + 60_000) }));
    expect(vi.getTimerCount()).toBe(0);
    live.changes.refusal = undefined;
    const inbox = await live.follow(NAMES, { identity: until(NOW + 60_000) });
    const stream = await live.iterate(NAMES, { identity: until(NOW + 60_000) });
    expect(vi.getTimerCount()).toBe(2);
    inbox.close();
    await stream.return();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("the policy", () => {
  const decided = (decision: Decision): { readonly authorize: Authorize; decision: Decision; asked: number } => {
    const policy = {
      decision,
      asked: 0,
      authorize: (): Decision => {
        policy.asked += 1;
        return policy.decision;
      },
    };
    return policy;
  };

  it("is asked again at most once a second, and only while items flow", async () => {
    const policy = decided({ allow: true });
    const live = new Live(appuser, policy);
    await live.follow(NAMES);
    const asked = policy.asked;
    vi.advanceTimersByTime(999);
    live.changes.emit(change("1"));
    expect(policy.asked).toBe(asked);
    vi.advanceTimersByTime(1);
    for (let n = 0; n < 100; n += 1) live.changes.emit(change("1"));
    expect(policy.asked).toBe(2 * asked);
    vi.advanceTimersByTime(60_000);
    expect(policy.asked).toBe(2 * asked);
  });

  it("ends the subscription by denying it", async () => {
    const policy = decided({ allow: true });
    const live = new Live(appuser, policy);
    const inbox = await live.follow(NAMES);
    live.changes.emit(change("1"));
    policy.decision = { allow: false, reason: "you were fired" };
    vi.advanceTimersByTime(1_000);
    live.changes.emit(change("2"));
    expect(inbox.results).toHaveLength(1);
    expect(inbox.errors).toMatchObject([
      {
        message: expect.stringContaining("you were fired"),
        extensions: { code: "FORBIDDEN", details: { cursor: "after 1" } },
      },
    ]);
    expect(live.changes.last.isClosed()).toBe(true);
  });

  it.each<[string, Decision]>([
    ["other rows", { allow: true, filter: { owner: "b" }, columns: new Set(["firstname", "email"]) }],
    ["fewer columns", { allow: true, filter: { owner: "a" }, columns: new Set(["firstname"]) }],
    ["all rows", { allow: true, columns: new Set(["firstname", "email"]) }],
  ])("ends the subscription by allowing %s, and says what to do", async (_what, next) => {
    const policy = decided({ allow: true, filter: { owner: "a" }, columns: new Set(["firstname", "email"]) });
    const live = new Live(appuser, policy);
    const inbox = await live.follow(NAMES);
    live.changes.emit(change("1"));
    policy.decision = { allow: true, filter: { owner: "a" }, columns: new Set(["email", "firstname"]) };
    vi.advanceTimersByTime(1_000);
    live.changes.emit(change("2"));
    policy.decision = next;
    vi.advanceTimersByTime(1_000);
    live.changes.emit(change("3"));
    expect(inbox.results).toHaveLength(2);
    expect(inbox.errors).toMatchObject([
      {
        message: expect.stringContaining("subscribe anew with `after`"),
        extensions: { code: "FORBIDDEN", details: { cursor: "after 2" } },
      },
    ]);
  });

  it("shows one who shares results nothing more than their own permission, whatever others may see meanwhile", async () => {
    const policy = decided({ allow: true, columns: new Set(["firstname"]) });
    const live = new Live(appuser, policy);
    const query = "subscription { userChanges { user { email } } }";
    const first = await live.follow(query);
    vi.advanceTimersByTime(500);
    const second = await live.follow(query);
    vi.advanceTimersByTime(500);
    policy.decision = { allow: true };
    live.changes.emit(change("1", { email: "ada@x" }));
    expect(first.errors).toMatchObject([{ extensions: { code: "FORBIDDEN" } }]);
    expect(second.results).toMatchObject([{ data: { userChanges: { user: { email: null } } } }]);
  });

  it("ends the subscription where it fails, and nobody learns why", async () => {
    const live = new Live(appuser, {
      authorize: () => {
        if (Date.now() > NOW) throw new TypeError("the password is 1234");
        return { allow: true };
      },
    });
    const inbox = await live.follow(NAMES);
    vi.advanceTimersByTime(1_000);
    live.changes.emit(change("1"));
    expect(inbox.errors).toMatchObject([{ extensions: { code: "INTERNAL" } }]);
    expect(JSON.stringify(inbox.errors)).not.toContain("1234");
  });
});
