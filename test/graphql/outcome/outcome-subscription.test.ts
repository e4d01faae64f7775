import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EventQLError } from "../../../src/errors.ts";
import { defaultLimits } from "../../../src/graphql/services.ts";
import type { Authorize, Identity } from "../../../src/security/authorize.ts";
import { FakeCommands } from "../fake-commands.ts";
import { owned } from "../owned-catalogs.ts";
import { Live, codeOf } from "../subscription/live.ts";

const FOLLOW = `subscription ($timeoutMs: Int) {
  commandOutcome(id: "c", timeoutMs: $timeoutMs) { status topic kind rejection { code } }
}`;
const DECIDED = {
  data: { commandOutcome: { status: "DECIDED", topic: "accounts", kind: "TOMBSTONE", rejection: null } },
};
const NOW = Date.parse("2024-05-17T10:00:00Z");

interface Opened {
  readonly live: Live;
  readonly commands: FakeCommands;
}

function open(options: { readonly authorize?: Authorize; readonly maxSubscriptions?: number } = {}): Opened {
  const { authorize, maxSubscriptions = 10 } = options;
  const commands = new FakeCommands();
  const limits = { ...defaultLimits, maxSubscriptions };
  return { live: new Live(owned, { commands, limits, ...(authorize && { authorize }) }), commands };
}

/** Lets everything run that is to run. */
async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
});

afterEach(() => {
  vi.useRealTimers();
});

describe("the subscription to a command's outcome", () => {
  it("tells it when it is decided, once, and completes", async () => {
    const { live, commands } = open();
    const inbox = await live.follow(FOLLOW);
    await settle();
    expect([inbox.results, inbox.errors]).toEqual([[], undefined]);
    commands.tell("accounts", "other", { kind: "tombstone" });
    await settle();
    expect(inbox.results).toEqual([]);
    commands.tell("accounts", "c", { kind: "tombstone" });
    await settle();
    expect(inbox.results).toEqual([DECIDED]);
    expect(inbox.errors).toEqual([]);
    expect(live.begunAndEnded).toEqual([
      ["commandOutcome", 1],
      ["commandOutcome", -1],
    ]);
    expect(live.delivered).toEqual({ commandOutcome: 1 });
  });

  it("tells it at once where it was decided before", async () => {
    const { live, commands } = open();
    commands.tell("accounts", "c", { kind: "tombstone" });
    const inbox = await live.follow(FOLLOW);
    await settle();
    expect([inbox.results, inbox.errors]).toEqual([[DECIDED], []]);
  });

  it("is one result of an iterated stream, which ends by itself", async () => {
    const { live, commands } = open();
    const stream = await live.iterate(FOLLOW);
    const first = stream.next();
    commands.tell("accounts", "c", { kind: "tombstone" });
    expect(JSON.parse(JSON.stringify((await first).value))).toEqual(DECIDED);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(live.begunAndEnded).toHaveLength(2);
  });

  it("goes on asking as long as somebody listens", async () => {
    const { live, commands } = open();
    const inbox = await live.follow(FOLLOW);
    await settle();
    const asked = commands.asked.length;
    commands.fail(new EventQLError("NOT_YET_DECIDED", "later"));
    await settle();
    expect(commands.asked).toHaveLength(2 * asked);
    inbox.close();
    commands.fail(new EventQLError("NOT_YET_DECIDED", "later"));
    await settle();
    expect(commands.asked).toHaveLength(2 * asked);
    expect(inbox.errors).toBeUndefined();
  });

  it("ends with a code after the time that was given", async () => {
    const { live, commands } = open();
    const inbox = await live.follow(FOLLOW, { variables: { timeoutMs: 50 } });
    await vi.advanceTimersByTimeAsync(49);
    expect(inbox.errors).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(inbox.errors).toMatchObject([{ extensions: { code: "NOT_YET_DECIDED" } }]);
    commands.tell("accounts", "c");
    await settle();
    expect(inbox.results).toEqual([]);
  });

  it.each([
    [new EventQLError("LIMIT_EXCEEDED", "too many wait"), "LIMIT_EXCEEDED"],
    [new EventQLError("SHUTTING_DOWN", "the server stops"), "SHUTTING_DOWN"],
  ])("ends where waiting fails: %s", async (error, code) => {
    const { live, commands } = open();
    const inbox = await live.follow(FOLLOW);
    await settle();
    commands.fail(error);
    await settle();
    expect(inbox.errors).toMatchObject([{ extensions: { code } }]);
    expect(live.begunAndEnded).toHaveLength(2);
  });

  it("counts among those that may run at a time", async () => {
    const { live } = open({ maxSubscriptions: 1 });
    const first = await live.follow(FOLLOW);
    expect(await codeOf(live.follow(FOLLOW))).toBe("LIMIT_EXCEEDED");
    first.close();
    await live.follow(FOLLOW);
  });

  it.each([
    [`subscription { commandOutcome(id: "") { status } }`, {}],
    [`subscription { commandOutcome(id: "c", timeoutMs: -1) { status } }`, {}],
  ])("doesn't begin: %s", async (query) => {
    expect(await codeOf(open().live.follow(query))).toBe("BAD_USER_INPUT");
  });
});

describe("whom it tells", () => {
  const deletersOf = (aggregate: string): Authorize => {
    return (_context, action, of) =>
      action === "append" && of === aggregate
        ? { allow: true, events: new Set(), tombstones: true }
        : { allow: false, reason: "no" };
  };

  it("nobody who may send nothing", async () => {
    const { live } = open({ authorize: () => ({ allow: false, reason: "no" }) });
    expect(await codeOf(live.follow(FOLLOW))).toBe("FORBIDDEN");
  });

  it("who may send such a command, and only of topics that are theirs", async () => {
    const { live, commands } = open({ authorize: deletersOf("Account") });
    const inbox = await live.follow(FOLLOW);
    await settle();
    expect(commands.asked.map(({ topic }) => topic)).toEqual(["accounts"]);
    commands.tell("transfers", "c", { kind: "tombstone" });
    commands.tell("accounts", "c", { kind: "tombstone" });
    await settle();
    expect(inbox.results).toEqual([DECIDED]);
  });

  it("nothing of another command: it is as if it were not decided", async () => {
    const { live, commands } = open({ authorize: deletersOf("Account") });
    const inbox = await live.follow(FOLLOW, { variables: { timeoutMs: 50 } });
    commands.tell("accounts", "c", { kind: "event", type: "bank.MoneyMoved" });
    await settle();
    expect([inbox.results, inbox.errors]).toEqual([[], undefined]);
    await vi.advanceTimersByTimeAsync(50);
    expect(inbox.results).toEqual([]);
    expect(inbox.errors).toMatchObject([{ extensions: { code: "NOT_YET_DECIDED" } }]);
  });

  it("what they may read of its key", async () => {
    const { live, commands } = open({ authorize: deletersOf("Account") });
    const inbox = await live.follow(`subscription { commandOutcome(id: "c") { status id } }`);
    commands.tell("accounts", "c", { kind: "tombstone", id: "a" });
    await settle();
    expect(inbox.results).toMatchObject([
      { data: { commandOutcome: { status: "DECIDED", id: null } }, errors: [{ extensions: { code: "FORBIDDEN" } }] },
    ]);
  });

  it("nobody whose token has expired", async () => {
    const { live, commands } = open();
    const until = (expiresAt: number): Identity => ({ role: "user", claims: {}, expiresAt });
    expect(await codeOf(live.follow(FOLLOW, { identity: until(NOW) }))).toBe("TOKEN_EXPIRED");
    const inbox = await live.follow(FOLLOW, { identity: until(NOW + 1_000) });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(inbox.errors).toMatchObject([{ extensions: { code: "TOKEN_EXPIRED" } }]);
    commands.tell("accounts", "c", { kind: "tombstone" });
    await settle();
    expect(inbox.results).toEqual([]);
    expect(live.begunAndEnded).toEqual([
      ["commandOutcome", 1],
      ["commandOutcome", -1],
      ["commandOutcome", 1],
      ["commandOutcome", -1],
    ]);
  });
});
