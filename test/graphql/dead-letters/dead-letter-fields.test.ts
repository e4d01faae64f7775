import { afterEach, describe, expect, test } from "vitest";
import type { DeadLetterAdministration, ShownDeadLetter } from "../../../src/model/dead-letter-administration.ts";
import { EventQLError } from "../../../src/errors.ts";
import { PARKED_KEYS } from "../../../src/read-model/dead-letters.ts";
import { appuser } from "../example-catalogs.ts";
import { type Harness, type HarnessOptions, openHarness } from "../harness.ts";

let api: Harness;

afterEach(async () => {
  await api.close();
});

const letter: ShownDeadLetter = {
  id: "aggregates/appuser/0/7",
  projection: "aggregates",
  topic: "appuser",
  partition: 0,
  offset: 7,
  key: "a",
  timestamp: new Date("2026-01-02T03:04:05Z"),
  code: "EVENT_INVALID",
  reason: "It doesn't fit.",
  waiting: false,
  eventType: "app.user.UserChanged",
  payload: { first_name: "Ada", nested: { list: [1, null] } },
  bytes: undefined,
  cursor: "after-it",
};

/** One that notes what it is asked. */
function administration(parts: Partial<DeadLetterAdministration> = {}): {
  readonly asked: unknown[][];
  readonly deadLetters: DeadLetterAdministration;
} {
  const asked: unknown[][] = [];
  const answer =
    <T>(what: string, result: T) =>
    async (...args: readonly unknown[]): Promise<T> => {
      asked.push([what, ...args]);
      return await Promise.resolve(result);
    };
  const counts = { asked: 3, settled: 1, parked: 1, failed: 0, pending: 1, applied: 9 };
  const deadLetters = {
    list: answer("list", { letters: [letter, { ...letter, id: "other", key: undefined }], hasMore: true }),
    find: answer("find", [letter]),
    waitingBehind: answer("waitingBehind", new Map([[letter.id, 4]])),
    settle: answer("settle", {
      requestId: "r",
      status: "PARKED" as const,
      applied: 2,
      waiting: 1,
      letter: letter.id,
      code: "NOT_AVRO",
      reason: "no",
    }),
    retryAll: answer("retryAll", { ...counts, hasMore: true }),
    ...parts,
  };
  return { asked, deadLetters };
}

const opened = async (options: HarnessOptions): Promise<void> => {
  api = await openHarness(appuser, options);
};

describe("dead letters", () => {
  test("are listed with what is known of their events, counted together", async () => {
    const { asked, deadLetters } = administration();
    await opened({ deadLetters });
    const { data } = await api.run(
      `{ deadLetters(topic: "appuser", code: "EVENT_INVALID", first: 2, after: "before-it") {
        nodes { id key offset timestamp payload bytes waitingBehind }
        pageInfo { hasNextPage hasPreviousPage endCursor }
      } }`,
    );
    expect(data).toEqual({
      deadLetters: {
        nodes: [
          {
            id: letter.id,
            key: "a",
            offset: "7",
            timestamp: "2026-01-02T03:04:05.000Z",
            payload: letter.payload,
            bytes: null,
            waitingBehind: 4,
          },
          expect.objectContaining({ id: "other", key: null, waitingBehind: 0 }),
        ],
        pageInfo: { hasNextPage: true, hasPreviousPage: true, endCursor: "after-it" },
      },
    });
    expect(asked.map(([what]) => what)).toEqual(["list", "waitingBehind"]);
    expect(asked[0]).toEqual([
      "list",
      { topic: "appuser", code: "EVENT_INVALID", waiting: false },
      { first: 2, after: "before-it" },
    ]);
  });

  test("are settled, and it is told what they wait for then", async () => {
    const { asked, deadLetters } = administration();
    await opened({ deadLetters });
    const payload = { first_name: "Ada", depth: [{ a: 1.5 }, true, null] };
    const { data } = await api.run(
      `mutation ($payload: JSON) {
        retry: retryDeadLetter(id: "l", requestId: "r", timeoutMs: 5) { requestId status applied waiting code reason deadLetter { id } }
        skip: skipDeadLetter(id: "l") { status }
        given: fixDeadLetter(id: "l", payload: $payload, type: "UserChanged") { status }
        written: fixDeadLetter(id: "l", payload: { first_name: "Ada", depth: [{ a: 1.5 }, true, null] }) { status }
        raw: fixDeadLetter(id: "l", bytes: "AAE=") { status }
        all: retryDeadLetters(topic: "appuser", code: "NOT_AVRO", first: 3) { asked settled parked failed pending applied hasMore }
      }`,
      { variables: { payload } },
    );
    expect(data).toMatchObject({
      retry: {
        requestId: "r",
        status: "PARKED",
        applied: 2,
        waiting: 1,
        code: "NOT_AVRO",
        deadLetter: { id: letter.id },
      },
      all: { asked: 3, settled: 1, pending: 1, hasMore: true },
    });
    const wait = { timeoutMs: 2_000 };
    expect(asked.filter(([what]) => what !== "find").map(([, ...args]) => args)).toEqual([
      [{ id: "l", action: "retry", requestId: "r" }, { timeoutMs: 5 }],
      [{ id: "l", action: "skip" }, wait],
      [{ id: "l", action: "fix", payload, type: "UserChanged" }, wait],
      [{ id: "l", action: "fix", payload }, wait],
      [{ id: "l", action: "fix", bytes: new Uint8Array([0, 1]) }, wait],
      [
        { topic: "appuser", code: "NOT_AVRO" },
        { first: 3, ...wait },
      ],
    ]);
  });

  test("are administrators' alone, and errors keep their codes", async () => {
    const refused = new EventQLError("DEAD_LETTER_NOT_FOUND", "There is none.");
    const { asked, deadLetters } = administration({ settle: async () => await Promise.reject(refused) });
    let may = false;
    await opened({ deadLetters, mayAdminister: () => may });
    const operations = [
      "{ deadLetters { nodes { id } } }",
      'mutation { retryDeadLetter(id: "l") { status } }',
      'mutation { skipDeadLetter(id: "l") { status } }',
      'mutation { fixDeadLetter(id: "l", payload: {}) { status } }',
      "mutation { retryDeadLetters { asked } }",
    ];
    for (const operation of operations)
      expect((await api.run(operation)).errors?.map(({ extensions }) => extensions["code"])).toEqual(["FORBIDDEN"]);
    expect(asked).toEqual([]);
    may = true;
    const { errors } = await api.run('mutation { retryDeadLetter(id: "l") { status } }');
    expect(errors?.[0]?.extensions["code"]).toBe("DEAD_LETTER_NOT_FOUND");
  });
});

describe("documents", () => {
  test("tell whether newer events of their keys wait, in one read and only where that is asked", async () => {
    await opened({});
    await api.store("users", [{ _id: "a" }, { _id: "b" }]);
    const parked = { since: new Date("2026-01-02T03:04:05Z"), code: "EVENT_INVALID", reason: "the secret is 42" };
    await api.store(PARKED_KEYS, [{ _id: "aggregates/appuser/2/a", ...parked }]);
    const reads = (): number => api.finds.filter(({ collection }) => collection === PARKED_KEYS).length;
    await api.run("{ users { id _meta { version } } }");
    expect(reads()).toBe(0);
    const { data } = await api.run("{ users(orderBy: [{ id: ASC }]) { id _meta { parked since reason } } }");
    expect(data).toEqual({
      users: [
        {
          id: "a",
          _meta: {
            parked: true,
            since: "2026-01-02T03:04:05.000Z",
            reason: "An event of this key can't be applied: EVENT_INVALID.",
          },
        },
        { id: "b", _meta: { parked: false, since: null, reason: null } },
      ],
    });
    expect(reads()).toBe(1);
  });
});
